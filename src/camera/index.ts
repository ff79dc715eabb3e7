export { CameraFromPictures } from "./pictures.js";
