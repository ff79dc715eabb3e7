"""Networks as torchvision's own export writes them, each beside its (random) weights, to be compared with ours:

    pip install torch torchvision onnx safetensors
    python scripts/bench/export.py exports resnet50 fasterrcnn_resnet50_fpn
    npm run bench -- networks --exports exports --threads 1

Detectors are exported without their scaling of images, at 480x640: from normalised pixels to boxes.
"""

import sys
from pathlib import Path

import torch
import torchvision
from safetensors.torch import save_file
from torch import nn
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import FrozenBatchNorm2d

HEIGHT, WIDTH = 480, 640


class Detector(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, image):
        images = ImageList(image, [(HEIGHT, WIDTH)])
        maps = self.model.backbone(image)
        proposals, _ = self.model.rpn(images, maps)
        found, _ = self.model.roi_heads(maps, proposals, images.image_sizes)
        return found[0]["boxes"], found[0]["labels"], found[0]["scores"]


def shake(module):
    """Statistics and scales that are not the identity, and scores high enough for detections."""
    if isinstance(module, (nn.BatchNorm2d, FrozenBatchNorm2d)):
        values = module.state_dict()
        values["running_mean"].normal_(0, 0.1)
        values["running_var"].uniform_(0.5, 1.5)
        values["weight"].uniform_(0.4, 0.9)
        values["bias"].normal_(0, 0.1)
    if isinstance(module, torchvision.models.detection.faster_rcnn.FastRCNNPredictor):
        nn.init.normal_(module.cls_score.weight, 0, 1)


def build(name):
    if name != "fasterrcnn_resnet50_fpn":
        return torchvision.models.get_model(name, weights=None)
    # As its published weights have it; without weights torchvision would not freeze the norms.
    trunk = torchvision.models.resnet50(norm_layer=FrozenBatchNorm2d)
    extract = torchvision.models.detection.backbone_utils._resnet_fpn_extractor
    return torchvision.models.detection.FasterRCNN(extract(trunk, 3), 91)


folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name in sys.argv[2:]:
    torch.manual_seed(0)
    model = build(name).eval()
    with torch.no_grad():
        model.apply(shake)
        weights = {key: value.contiguous() for key, value in model.state_dict().items() if value.is_floating_point()}
        save_file(weights, folder / f"{name}.safetensors")
        detector = hasattr(model, "roi_heads")
        torch.onnx.export(
            Detector(model) if detector else model,
            (torch.rand(1, 3, *((HEIGHT, WIDTH) if detector else (224, 224))),),
            str(folder / f"{name}.onnx"),
            input_names=["input"],
            output_names=["boxes", "labels", "scores"] if detector else ["output"],
            opset_version=17,
            dynamo=False,
        )
    print(folder / f"{name}.onnx")
