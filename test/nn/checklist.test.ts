/**
 * The list of systems that this project knows, 91 rows: which network or detector each one is and how large, or which
 * test has it, or why it is not here. Every network of the catalogue has a row or is a relative of one that has.
 *
 * NETWORKS=all opens and runs every network that has no reference result, NETWORKS=plain34,hwnet these alone.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import {
  type BackboneName,
  backbones,
  buildBackbone,
  buildDetector,
  type DetectorName,
  initialWeights,
  Network,
  type Tensor,
  type WeightSource,
} from "../../src/nn/index.js";
import { goldenKeys, haveGoldens, loadFacts, numbers, sizeOf } from "./_golden.js";

/** Parameters and, where known, multiply-accumulates; undefined where only a test can say. */
type Figures = readonly [parameters: number, macs?: number];

interface Row {
  readonly system: string;
  readonly networks?: Readonly<Partial<Record<BackboneName, Figures>>>;
  readonly detectors?: Readonly<Partial<Record<DetectorName, number>>>;
  /** Tests that hold what else is asked of it. */
  readonly tests?: readonly string[];
  /** What is not here, and why. */
  readonly not?: string;
}

const GOLDEN = "test/nn/golden.test.ts";
const OPS = "test/nn/ops.test.ts";
const PARTS = "test/nn/detectors-parts.test.ts";
const TWO_STAGE = "test/nn/detectors-two-stage.test.ts";
const SINGLE = "test/nn/detectors-single.test.ts";

// biome-ignore format: one network a line, as in the catalogue
const ROWS: readonly Row[] = [
  { system: "LeNet-5, paper", networks: { lenet5_paper: [60_000, 325_680] } },
  { system: "LeNet-5, dense", networks: { lenet5_modern: [61_706, 416_520] }, tests: [GOLDEN] },
  { system: "AlexNet, two towers", networks: { alexnet2012_grouped_lrn_227: [60_965_224, 724_406_816] }, tests: [GOLDEN, OPS] },
  { system: "AlexNet, one tower", networks: { alexnet_keras_ungrouped_227: [62_378_344, 1_135_256_096] }, tests: [GOLDEN] },
  { system: "AlexNet, torchvision", networks: { alexnet: [61_100_840, 714_188_480] }, tests: [GOLDEN] },
  { system: "ZFNet", networks: { zfnet_keras_seed002: [62_357_608, 1_197_505_568], zfnet_paper: [62_357_608, 1_168_032_896] }, tests: [GOLDEN] },
  { system: "ZFNet, wide", networks: { zfnet_512_1024_512: [107_627_624, 2_476_704_896] }, tests: [GOLDEN] },
  { system: "VGG-A", networks: { vgg11: [132_863_336, 7_609_090_048], vgg11_bn: [132_868_840] }, tests: [GOLDEN] },
  { system: "VGG-A-LRN", networks: { "vgg_A-LRN": [132_863_336, 7_609_090_048] }, tests: [GOLDEN] },
  { system: "VGG-B", networks: { vgg_B: [133_047_848, 11_308_466_176], vgg13: [133_047_848], vgg13_bn: [133_053_736] }, tests: [GOLDEN] },
  { system: "VGG-C", networks: { vgg_C: [133_638_952, 11_770_888_192] }, tests: [GOLDEN] },
  { system: "VGG-16 (D)", networks: { vgg16: [138_357_544, 15_470_264_320], vgg16_bn: [138_365_992] }, tests: [GOLDEN] },
  { system: "VGG-19 (E)", networks: { vgg19: [143_667_240, 19_632_062_464], vgg19_bn: [143_678_248] }, tests: [GOLDEN] },
  { system: "VGG, dense evaluation", networks: { vgg16_dense: [138_357_544, 15_470_264_320] }, not: "Multi-crop evaluation: a mean over several inputs, which the caller takes." },
  { system: "Network in Network", networks: { nin_imagenet: [7_595_176, 1_100_188_800], nin_cifar10: [966_986] }, tests: [GOLDEN] },
  { system: "GoogLeNet", networks: { googlenet_v1_noaux: [6_998_552, 1_582_671_872], googlenet: [6_624_904, 1_498_376_192] }, tests: [GOLDEN] },
  { system: "GoogLeNet with its training heads", networks: { googlenet_v1_aux: [13_378_280, 1_591_044_096] }, tests: [GOLDEN] },
  { system: "BN-Inception", networks: { bn_inception_paper: [11_204_936, 2_018_851_840], bn_inception: [11_295_240, 2_032_600_064] }, tests: [GOLDEN] },
  { system: "Inception v3", networks: { inception_v3: [23_834_568, 5_713_216_096], inception_v3_aux: [27_161_264] }, tests: [GOLDEN] },
  { system: "Inception v4", networks: { inception_v4: [42_679_816, 12_253_974_624], inception_v4_paper: [42_679_816, 12_253_974_624] }, tests: [GOLDEN] },
  { system: "Inception-ResNet v1", networks: { inception_resnet_v1_paper: [22_756_328, 6_206_361_696] }, tests: [GOLDEN] },
  { system: "Inception-ResNet v2", networks: { inception_resnet_v2: [55_843_464, 13_155_794_016], inception_resnet_v2_paper: [32_433_928, 9_257_953_632] }, tests: [GOLDEN] },
  { system: "Highway network", networks: { highway_fc50_10layers_mnist: [80_560, 79_700] }, tests: [GOLDEN] },
  { system: "ResNet-18", networks: { resnet18: [11_689_512, 1_814_073_344] }, tests: [GOLDEN] },
  { system: "ResNet-34, shortcuts A, B, C", networks: { resnet34: [21_797_672, 3_663_761_408], resnet34_optA: [21_623_848, 3_644_493_824], resnet34_optC: [22_716_840, 3_830_747_136] }, tests: [GOLDEN] },
  { system: "ResNet-50", networks: { resnet50: [25_557_032, 4_089_184_256], resnet50_orig_stride_in_1x1: [25_557_032, 3_857_973_248], resnet50_optC_all_proj: [40_128_552, 6_324_224_000] }, tests: [GOLDEN] },
  { system: "ResNet-101", networks: { resnet101: [44_549_160, 7_801_405_440], resnet101_orig_stride_in_1x1: [44_549_160, 7_570_194_432] }, tests: [GOLDEN] },
  { system: "ResNet-152", networks: { resnet152: [60_192_808, 11_513_626_624], resnet152_orig_stride_in_1x1: [60_192_808, 11_282_415_616] }, tests: [GOLDEN] },
  { system: "ResNet, normalisation first", networks: { resnetv2_50: [25_549_352], resnetv2_101: [44_541_480], preact_resnet110_cifar: [1_727_962, 252_887_680] }, tests: [GOLDEN] },
  { system: "ResNet for CIFAR", networks: { resnet20_cifar_optA: [269_722], resnet32_cifar_optA: [464_154], resnet44_cifar_optA: [658_586], resnet56_cifar_optA: [853_018], resnet110_cifar_optA: [1_727_962], resnet1202_cifar_optA: [19_421_274] }, tests: [GOLDEN] },
  { system: "ResNeXt", networks: { resnext50_32x4d: [25_028_904, 4_230_479_872], resnext101_32x8d: [88_791_336, 16_414_015_488], resnext101_64x4d: [83_455_272, 15_460_270_080] }, tests: [GOLDEN] },
  { system: "DenseNet", networks: { densenet121: [7_978_856, 2_834_161_664], densenet169: [14_149_480, 3_359_843_328], densenet201: [20_013_928, 4_291_365_888], densenet161: [28_681_000, 7_727_907_072], densenet264_k32: [33_337_704] }, tests: [GOLDEN] },
  { system: "DenseNet B, C, BC", networks: { densenetBC100_k12_cifar: [769_162], densenetBC250_k24_cifar: [15_324_406], densenetBC190_k40_cifar: [25_624_430], densenet40_k12_cifar: [1_019_722], densenet100_k12_cifar: [6_979_642], densenet100_k24_cifar: [27_249_082], densenetB_121_theta1: [13_908_584], densenetC_121_nobottleneck: [10_869_096] }, tests: [GOLDEN] },
  { system: "SENet", networks: { legacy_seresnet50: [28_088_024, 3_860_488_192], se_resnet50_paper: [28_088_024, 3_860_488_192], legacy_seresnet101: [49_326_872], legacy_seresnet152: [66_821_848], legacy_seresnext50_32x4d: [27_559_896] }, tests: [GOLDEN] },
  { system: "SKNet", networks: { sknet50_paper: [27_494_888, 4_462_710_784], sknet101_paper: [48_768_552], skresnet50: [25_803_160], skresnext50_32x4d: [27_479_784] }, tests: [GOLDEN] },
  { system: "ResNeSt", networks: { resnest50d: [27_483_240, 5_371_160_576], resnest14d: [10_611_688], resnest26d: [17_069_448], resnest101e: [48_275_016], resnest200e: [70_201_544] }, tests: [GOLDEN] },
  { system: "MobileNet v1", networks: { mobilenetv1_100: [4_231_976, 568_740_352], "mobilenet_v1_0.75": [2_585_560, 325_400_448], "mobilenet_v1_0.5": [1_331_592, 149_497_088], "mobilenet_v1_0.25": [470_072, 41_030_272] }, tests: [GOLDEN] },
  { system: "MobileNet v2", networks: { mobilenet_v2: [3_504_872, 300_774_272] }, tests: [GOLDEN] },
  { system: "MobileNet v3", networks: { mobilenet_v3_large: [5_483_032, 216_589_760], mobilenet_v3_small: [2_542_856, 56_510_400] }, tests: [GOLDEN] },
  { system: "EfficientNet B0 to B7", networks: { efficientnet_b0: [5_288_548, 385_814_752], efficientnet_b1: [7_794_184, 686_802_832], efficientnet_b2: [9_109_994, 993_561_872], efficientnet_b3: [12_233_232, 1_827_141_392], efficientnet_b4: [19_341_616, 4_393_771_024], efficientnet_b5: [30_389_784, 10_266_384_752], efficientnet_b6: [43_040_704, 19_067_593_536], efficientnet_b7: [66_347_960, 37_745_884_192] }, tests: [GOLDEN] },
  { system: "NASNet-A", networks: { nasnetalarge: [88_753_150, 23_783_414_658], nasnetamobile: [5_289_978] }, not: "The search by reinforcement that found its cells: days of training." },
  { system: "MnasNet", networks: { mnasnet1_0: [4_383_312, 314_415_872], mnasnet0_5: [2_218_512, 104_455_968] }, tests: [GOLDEN] },
  { system: "Xception", networks: { legacy_xception: [22_855_952, 8_357_403_496] }, tests: [GOLDEN] },
  { system: "SqueezeNet", networks: { squeezenet1_0: [1_248_424, 818_924_576], squeezenet1_1: [1_235_496, 349_151_936] }, tests: [GOLDEN] },
  { system: "ShuffleNet v1, v2", networks: { shufflenet_v1_g3: [1_865_728, 137_460_672], shufflenet_v2_x1_0: [2_278_604, 144_907_992], shufflenet_v2_x0_5: [1_366_792], shufflenet_v2_x1_5: [3_503_624], shufflenet_v2_x2_0: [7_393_996] }, tests: [GOLDEN] },
  { system: "Residual attention", networks: { residual_attention_56: [31_810_728, 6_270_836_736], residual_attention_92: [52_466_344, 10_533_789_696] } },
  { system: "Stacked hourglass", networks: { hourglass_1stack: [3_426_448], hourglass_2stack: [6_570_400], hourglass_8stack: [25_434_112] }, tests: [GOLDEN] },
  { system: "DetNet-59", networks: { detnet59: [13_660_200, 4_228_687_872] }, tests: [GOLDEN] },
  { system: "HWNet", networks: { hwnet: [21_278_400] } },
  { system: "FCN", networks: { fcn32s_vgg16_caffe: [136_152_917, 181_365_854_976], fcn16s_vgg16_caffe: [134_815_994, 181_448_086_272], fcn8s_vgg16_caffe: [134_489_759, 181_529_034_048] }, tests: [GOLDEN] },
  { system: "U-Net", networks: { unet_572: [31_030_658, 150_428_424_448] }, tests: [GOLDEN] },
  { system: "U-Net++", networks: { unetpp_paper_deconv_ds: [9_042_276, 4_189_814_784], unetpp_bn_bilinear_nods: [9_163_329, 4_849_532_928] }, tests: [GOLDEN] },
  { system: "Selective Search", not: "Not a network: regions come from the region proposal network. The graphs of Fast R-CNN take boxes from anywhere." },
  { system: "R-CNN", tests: [PARTS], not: "Its network is AlexNet with 21 classes, its warped regions come from Selective Search (row 53)." },
  { system: "SPP-Net", networks: { sppnet_zf5_50bins: [77_037_672, 1_148_288_032], sppnet_zf5_21bins: [46_628_968, 1_117_879_328] }, tests: [GOLDEN] },
  { system: "Fast R-CNN", detectors: { fastrcnn_vgg16: 134_690_729, fastrcnn_zf: 58_690_793 }, tests: [PARTS, TWO_STAGE] },
  { system: "Faster R-CNN, VGG-16", detectors: { fasterrcnn_vgg16_paper: 137_078_239 }, tests: [PARTS, TWO_STAGE] },
  { system: "Faster R-CNN, ZF", detectors: { fasterrcnn_zf_paper: 59_294_751 }, tests: [TWO_STAGE] },
  { system: "Faster R-CNN, ResNet-50 and FPN", detectors: { fasterrcnn_resnet50_fpn: 41_755_286 }, tests: [TWO_STAGE] },
  { system: "Cascade R-CNN", detectors: { cascadercnn_vgg16_paper: 184_016_333 }, tests: [TWO_STAGE] },
  { system: "R-FCN", detectors: { rfcn_resnet101: 53_824_401 }, tests: [PARTS, TWO_STAGE] },
  { system: "Mask R-CNN", detectors: { maskrcnn_resnet50_fpn: 44_401_393 }, tests: [TWO_STAGE] },
  { system: "FPN", tests: [PARTS, TWO_STAGE] },
  { system: "RetinaNet, focal loss", detectors: { retinanet_resnet50_fpn: 34_014_999 }, tests: [SINGLE, OPS] },
  { system: "YOLO v1", networks: { yolo_v1_paper: [271_703_550, 20_285_153_280] }, detectors: { yolo_v1: 271_703_550 }, tests: [GOLDEN, SINGLE] },
  { system: "YOLO v2 to v4", networks: { darknet19: [20_842_376, 3_645_374_464], darknet53: [41_609_928, 9_285_115_904] }, detectors: { yolo_v2: 50_962_889, yolo_v3: 61_949_149, yolo_v3_tiny: 8_852_366, yolo_v4: 64_363_101 }, tests: [SINGLE] },
  { system: "YOLT", detectors: { yolt: 38_076_745 }, tests: [SINGLE] },
  { system: "SSD300", detectors: { ssd300_vgg16: 35_641_826 }, tests: [SINGLE] },
  { system: "CornerNet", detectors: { cornernet_hourglass104: 201_035_212 }, tests: [SINGLE] },
  { system: "CenterNet", detectors: { centernet_hourglass104: 210_062_960, centernet_hourglass52: 104_844_152 }, tests: [SINGLE] },
  { system: "Deformable convolution", networks: { dcn_v1_block: [4_020], dcn_v2_block: [5_334], resnet50_dcn_v1: [25_805_918], resnet50_dcn_v2: [26_428_295] }, tests: [GOLDEN, OPS] },
  { system: "Dilated convolution", networks: { dilated_stack: [5_088] }, tests: [GOLDEN] },
  { system: "CPM", networks: { cpm_leeds_368: [31_219_866, 175_437_729_280] }, tests: [GOLDEN] },
  { system: "OpenPose", networks: { openpose_coco_368x368: [52_311_446, 135_934_006_784], openpose_mpi_368x368: [51_481_032, 134_177_015_808] }, tests: [GOLDEN, OPS] },
  { system: "SORT", tests: ["test/track/golden.test.ts", "test/track/sort.test.ts", "test/math/kalman.test.ts"] },
  { system: "DeepSORT", tests: ["test/track/golden.test.ts", "test/track/deepsort.test.ts"] },
  { system: "DeepSORT's embedder", networks: { deepsort_embedder: [2_802_080, 294_387_712] }, tests: [GOLDEN] },
  { system: "FairMOT", networks: { dla34: [15_742_104, 3_060_043_776] }, detectors: { fairmot_dla34: 19_836_711 }, not: "Its own rules of association: detections and embeddings go to the trackers here." },
  { system: "Kalman filter", tests: ["test/math/kalman.test.ts"] },
  { system: "Assignment", tests: ["test/math/assignment.test.ts"] },
  { system: "RNN, LSTM, GRU", tests: [OPS] },
  { system: "DCGAN", networks: { dcgan_generator: [3_576_704, 104_628_224], dcgan_discriminator: [2_765_568, 103_817_216] }, tests: [GOLDEN] },
  { system: "Style transfer", networks: { vgg19: [143_667_240] }, tests: [OPS], not: "Changing the pixels until the losses are small: that needs gradients, which ONNX Runtime does not compute here." },
  { system: "LRN, Xavier, He, dropout, BN, softmax", tests: [OPS, "test/nn/network.test.ts"], not: "Dropout: the identity in a network that is run." },
  { system: "RoI pooling, RoIAlign, NMS, IoU, box coding, smooth L1, mAP", tests: [OPS, PARTS, "test/math/boxes.test.ts", "test/eval/detection.test.ts"] },
  { system: "Plain-34", networks: { plain34: [21_623_848, 3_644_493_824] } },
  { system: "Inception v2, second paper", networks: { inception_v2_rethinking: [26_405_192, 6_482_774_624] } },
  { system: "Linear SVM", not: "Training only: a trained one is a fully connected layer on the features." },
  { system: "Soft-NMS, OHEM", tests: [OPS], not: "Soft-NMS: ONNX has no operator for it; where its authors use it (CornerNet, CenterNet) the better box suppresses." },
  { system: "WGAN and other GANs", tests: [OPS], not: "Training of generators; the critic's loss is there." },
  { system: "Distillation, simulated annealing", tests: [OPS], not: "Simulated annealing: a search, not a network." },
];

/** In the catalogue as relatives of a row: their figures are in golden.test.ts and inspect.test.ts. */
const RELATIVES: readonly BackboneName[] = [
  "mobilenet_v1_1.0",
  "osnet_x1_0",
  "osnet_x0_75",
  "osnet_x0_5",
  "osnet_x0_25",
  "se_resnet101_paper",
  "se_resnet152_paper",
  "shufflenet_v1_g1",
  "shufflenet_v1_g2",
  "shufflenet_v1_g4",
  "shufflenet_v1_g8",
  "wide_resnet50_2",
  "wide_resnet101_2",
];

const published = (name: string): number => buildBackbone(name).parameterCount;
const shapes = (name: string, op: string): string[] =>
  buildBackbone(name)
    .layers.filter((l) => l.op === op)
    .map((l) => String(l.shape.slice(1)));
const outputs = (name: string): string[] => buildBackbone(name).outputs.map((o) => String(o.shape.slice(1)));
/** What each convolution and pool sees, in pixels. */
const sees = (name: string): number[] =>
  buildBackbone(name)
    .layers.filter((l) => ["Conv", "MaxPool"].includes(l.op) && l.field)
    .map((l) => l.field!.size[0]);

describe("the checklist", () => {
  it("has 91 rows, and each says what it is, where it is tested or why it is not here", () => {
    expect(ROWS).toHaveLength(91);
    for (const { system, networks, detectors: built, tests, not } of ROWS)
      expect(networks ?? built ?? tests ?? not, system).toBeDefined();
  });

  it("names tests that are there", () => {
    for (const file of new Set(ROWS.flatMap((row) => row.tests ?? [])))
      expect(existsSync(resolve(import.meta.dirname, "../..", file)), file).toBe(true);
  });

  it("has every network of the catalogue", () => {
    const named = [...ROWS.flatMap((row) => Object.keys(row.networks ?? {})), ...RELATIVES];
    expect([...new Set(named)].sort()).toEqual(Object.keys(backbones).sort());
  });

  it.each(ROWS.map((row, k) => [k + 1, row] as const).filter(([, row]) => row.networks ?? row.detectors))(
    "row %i: its networks have their size",
    (_, { networks = {}, detectors: built = {} }) => {
      for (const [name, [parameters, macs]] of Object.entries(networks)) {
        const net = buildBackbone(name);
        expect(net.parameterCount, name).toBe(parameters);
        if (macs !== undefined) expect(net.macs, name).toBe(macs);
      }
      for (const [name, parameters] of Object.entries(built))
        expect(buildDetector(name).parameterCount, name).toBe(parameters);
    },
  );
});

describe("what the rows ask for", () => {
  it("LeNet-5 has 340908 connections", () => {
    // Weights and bias of each unit; pools have four connections and a bias; the codes are compared with 84 numbers.
    const convolutions = [28 ** 2 * 156, 10 ** 2 * 1516, 48_120, 10_164];
    const pools = [14 ** 2 * 6 * 5, 5 ** 2 * 16 * 5];
    const net = buildBackbone("lenet5_paper");
    const maps = net.layers.filter((l) => /^c3\.\d+$/.test(l.name));
    expect(maps.map((l) => l.parameters)).toEqual(
      [3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6].map((n) => 25 * n + 1),
    );
    expect([...convolutions, ...pools, 840].reduce((a, b) => a + b)).toBe(340_908);
  });

  it("AlexNet's convolutions end in 9216 numbers, ZFNet's in maps of 109, 54, 27, 13, 6 pixels", () => {
    expect(shapes("alexnet2012_grouped_lrn_227", "Flatten")).toEqual(["9216"]);
    const sides = (op: string) => shapes("zfnet_keras_seed002", op).map((s) => s.split(",")[1]);
    expect(sides("Conv")).toEqual(["109", "27", "13", "13", "13"]);
    expect(sides("MaxPool")).toEqual(["54", "13", "6"]);
  });

  it.skipIf(!haveGoldens).each([
    ["alexnet", "alexnet_torchvision"],
    ["alexnet2012_grouped_lrn_227", "alexnet"],
    ["zfnet_paper", "zfnet_paper"],
    ["vgg11", "vggA"],
    ["vgg13", "vggB"],
    ["vgg_C", "vggC"],
    ["vgg16", "vggD"],
    ["vgg19", "vggE"],
    ["mobilenet_v1_1.0", "mobilenet_v1"],
    ["dilated_stack", "dilated 1,2,4"],
  ])("%s sees as far as known, layer by layer", (name, key) => {
    expect(sees(name)).toEqual(loadFacts().receptive_fields[key]!.map((row) => row.rf));
  });

  it("Network in Network takes 29 MB where AlexNet takes 233", () => {
    const megabytes = (name: string) => (4 * published(name)) / 2 ** 20;
    expect(megabytes("nin_imagenet")).toBeCloseTo(29, 1);
    expect(megabytes("alexnet2012_grouped_lrn_227")).toBeCloseTo(232.6, 1);
  });

  it("GoogLeNet is 22 layers deep with three outputs in training, Inception v2 goes by the paper's sizes", () => {
    // A module is two layers deep; three convolutions come before, one fully connected layer after.
    const { layers } = buildBackbone("googlenet_v1_noaux");
    expect(3 + 2 * layers.filter((l) => l.op === "Concat").length + 1).toBe(22);
    expect(outputs("googlenet_v1_aux")).toEqual(["1000", "1000", "1000"]);
    const modules = shapes("inception_v2_rethinking", "Concat");
    for (const shape of ["288,35,35", "768,17,17", "1280,8,8", "2048,8,8"]) expect(modules).toContain(shape);
    expect(outputs("inception_v2_rethinking")).toEqual(["1000"]);
  });

  it("R-CNN's AlexNet has 21 classes", () => {
    const net = buildBackbone("alexnet2012_grouped_lrn_227", { classes: 21 });
    expect([net.parameterCount, net.macs]).toEqual([56_954_261, 720_396_832]);
  });

  it("residual attention has the paper's size within the rounding of what it leaves open", () => {
    expect(Math.abs(published("residual_attention_56") / 31.9e6 - 1)).toBeLessThan(0.005);
    expect(Math.abs(published("residual_attention_92") / 51.3e6 - 1)).toBeLessThan(0.025);
    expect(
      buildBackbone("residual_attention_56").layers.filter((l) => l.name.endsWith(".mask.sigmoid")),
    ).toHaveLength(3);
  });

  it("the hourglass's published file also stores shortcuts that nothing uses", () => {
    // In each stack 14 residual units have 256 channels before and after, in the beginning one has 128.
    const unused = (stacks: number) => 14 * stacks * (256 * 256 + 256) + 128 * 128 + 128;
    expect(published("hourglass_1stack") + unused(1)).toBe(4_364_048);
    expect(published("hourglass_2stack") + unused(2)).toBe(8_429_088);
    expect(published("hourglass_8stack") + unused(8)).toBe(32_819_328);
    expect(outputs("hourglass_2stack")).toEqual(["16,64,64", "16,64,64"]);
  });

  it("DetNet keeps 1/16, segmentation keeps the size, U-Net loses its border", () => {
    expect(shapes("detnet59", "Add").slice(-6)).toEqual(Array(6).fill("256,14,14"));
    for (const stride of [32, 16, 8]) expect(outputs(`fcn${stride}s_vgg16_caffe`)).toEqual(["21,500,500"]);
    expect(outputs("unet_572")).toEqual(["2,388,388"]);
    expect(outputs("unetpp_paper_deconv_ds")).toEqual(Array(4).fill("1,96,96"));
  });

  it("SPP-Net pools 13x13 pixels into 6, 3, 2 and 1 parts a side: 12800 numbers", () => {
    expect(shapes("sppnet_zf5_50bins", "MaxPool").slice(-4)).toEqual([
      "256,6,6",
      "256,3,3",
      "256,2,2",
      "256,1,1",
    ]);
    expect(shapes("sppnet_zf5_50bins", "Concat")).toEqual(["12800"]);
  });

  it("deformable convolutions add 248886 parameters to ResNet-50, modulated ones 871263", () => {
    expect(published("resnet50_dcn_v1") - published("resnet50")).toBe(248_886);
    expect(published("resnet50_dcn_v2") - published("resnet50")).toBe(871_263);
  });

  it("the pose networks give maps at 1/8 of the image", () => {
    expect(outputs("cpm_leeds_368").at(-1)).toBe("15,46,46");
    expect(outputs("openpose_coco_368x368").slice(-2)).toEqual(["38,46,46", "19,46,46"]);
  });

  it("SSD300 has 26285486 parameters with 21 classes, FairMOT embeds in 128 numbers", () => {
    expect(buildDetector("ssd300_vgg16", { classes: 21 }).parameterCount).toBe(26_285_486);
    expect(buildDetector("fairmot_dla34").outputs.at(-1)!.shape).toEqual(["n", 128]);
  });
});

describe("networks without a reference result", () => {
  const golden = new Set(goldenKeys().map((key) => key.replace(/^(tv|own|timm)_/, "")));
  const without = Object.keys(backbones).filter((name) => !golden.has(name));
  const usual = [
    "lenet5_paper",
    "nasnetamobile",
    "hwnet",
    "preact_resnet110_cifar",
    "resnet50_dcn_v2",
    "hourglass_1stack",
  ];
  const wanted = process.env.NETWORKS;
  const chosen = without.filter((name) =>
    wanted ? wanted === "all" || wanted.split(",").includes(name) : usual.includes(name),
  );

  /** Without statistics of its batch norms a sum of 1202 layers would be infinite: each one counts less. */
  const quiet: WeightSource = (name, shape, role) => {
    const data = initialWeights()(name, shape, role);
    return role === "scale" ? data.fill(0.3) : data;
  };

  async function run(net: Network): Promise<Record<string, ort.Tensor>> {
    const session = await ort.InferenceSession.create(net.encode(quiet), { logSeverityLevel: 3 });
    try {
      const shape = net.inputs[0]!.shape.map((d) => (typeof d === "number" ? d : 1));
      const input = numbers("input", sizeOf(shape), 1, 0);
      return (await session.run({ input: new ort.Tensor("float32", input, shape) })) as Record<
        string,
        ort.Tensor
      >;
    } finally {
      await session.release();
    }
  }

  it.each(chosen)("%s opens and runs", { timeout: 300_000 }, async (name) => {
    const net = buildBackbone(name);
    const results = await run(net);
    for (const { name: output, shape } of net.outputs) {
      const { dims, data } = results[output]!;
      expect(dims.slice(1)).toEqual(shape.slice(1));
      expect((data as Float32Array).every(Number.isFinite)).toBe(true);
    }
    if (name === "hwnet")
      expect((results.output!.data as Float32Array).reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(1, 4);
  });

  it.runIf(wanted === "all" || wanted?.includes("vgg16_dense"))(
    "vgg16_dense gives the scores of vgg16, and averages them over a larger image",
    { timeout: 300_000 },
    async () => {
      const g = new Network("both");
      const image = g.input("input", ["batch", 3, 224, 224]);
      const dense = backbones.vgg16_dense.build(g, image) as Record<string, Tensor>;
      g.output("plain", backbones.vgg16.build(g, image) as Tensor);
      g.output("dense", dense.output!);
      const results = await run(g);
      const [plain, same] = ["plain", "dense"].map((name) => results[name]!.data as Float32Array);
      const largest = plain!.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      expect(plain!.every((v, k) => Math.abs(v - same![k]!) <= 1e-5 * largest)).toBe(true);
      expect(buildBackbone("vgg16_dense", { size: [288, 320] }).outputs.map((o) => o.shape.slice(1))).toEqual(
        [[1000], [1000, 3, 4]],
      );
    },
  );
});
