"""What OpenCV's reader of Darknet files computes for YOLO v2, v3, v3-tiny and v4 with generated weights.

usage: record.py WORK_FOLDER > yolo.json (see README.md)
"""
import json
import sys

import cv2
import numpy as np

SIDE, GAIN, SAMPLES = 96, 5, 32


def uniform(name, count):
    """Numbers in [-1, 1) that belong to a name: mulberry32 seeded with its FNV-1a hash."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 % 2**32
    a = ((seed + np.arange(1, count + 1, dtype=np.uint64) * 0x6D2B79F5) % 2**32).astype(np.uint32)
    t = (a ^ (a >> 15)) * (a | 1)
    t = (t + (t ^ (t >> 7)) * (t | 61)) ^ t
    return 2 * ((t ^ (t >> 14)) / 2**32) - 1


def conv(out, kernel, stride=1, activation="leaky", norm=True):
    return ("convolutional", dict(**(dict(batch_normalize=1) if norm else {}), filters=out, size=kernel, stride=stride, pad=1, activation=activation))


def pool(size=2, stride=2):
    return ("maxpool", dict(size=size, stride=stride))


def route(*lines):
    return ("route", dict(layers=",".join(map(str, lines))))


SHORTCUT = ("shortcut", {"from": -3, "activation": "linear"})
UPSAMPLE = ("upsample", dict(stride=2))


def predict(anchors, classes=80):
    return conv(anchors * (5 + classes), 1, activation="linear", norm=False)


def yolo(mask):
    return [predict(3), ("yolo", dict(mask=mask, anchors="10,10," * 8 + "10,10", classes=80, num=9))]


def v2():
    a = [conv(32, 3), pool(), conv(64, 3), pool(), conv(128, 3), conv(64, 1), conv(128, 3), pool()]
    a += [conv(256, 3), conv(128, 1), conv(256, 3), pool(), conv(512, 3), conv(256, 1), conv(512, 3), conv(256, 1), conv(512, 3), pool()]
    a += [conv(1024, 3), conv(512, 1), conv(1024, 3), conv(512, 1), conv(1024, 3), conv(1024, 3), conv(1024, 3)]
    a += [route(-9), conv(64, 1), ("reorg", dict(stride=2)), route(-1, -4), conv(1024, 3), predict(5)]
    return a + [("region", dict(anchors="1,1," * 4 + "1,1", classes=80, coords=4, num=5, softmax=1))]


def v3():
    a = [conv(32, 3)]
    for out, blocks in ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)):
        a += [conv(out, 3, 2)] + [conv(out // 2, 1), conv(out, 3), SHORTCUT] * blocks
    head = lambda width, mask: [conv(width, 1), conv(2 * width, 3)] * 3 + yolo(mask)
    a += head(512, "6,7,8") + [route(-4), conv(256, 1), UPSAMPLE, route(-1, 61)]
    return a + head(256, "3,4,5") + [route(-4), conv(128, 1), UPSAMPLE, route(-1, 36)] + head(128, "0,1,2")


def v3_tiny():
    a = []
    for out in (16, 32, 64, 128, 256):
        a += [conv(out, 3), pool()]
    a += [conv(512, 3), pool(2, 1), conv(1024, 3), conv(256, 1), conv(512, 3)] + yolo("3,4,5")
    return a + [route(-4), conv(128, 1), UPSAMPLE, route(-1, 8), conv(256, 3)] + yolo("1,2,3")


def v4():
    mish = lambda *args: conv(*args, activation="mish")
    a = [mish(32, 3)]
    for out, part, inner, blocks in ((64, 64, 32, 1), (128, 64, 64, 2), (256, 128, 128, 8), (512, 256, 256, 8), (1024, 512, 512, 4)):
        a += [mish(out, 3, 2), mish(part, 1), route(-2), mish(part, 1)] + [mish(inner, 1), mish(part, 3), SHORTCUT] * blocks
        a += [mish(part, 1), route(-1, -3 * blocks - 4), mish(out, 1)]
    a += [conv(512, 1), conv(1024, 3), conv(512, 1), pool(5, 1), route(-2), pool(9, 1), route(-4), pool(13, 1), route(-1, -3, -5, -6)]
    neck = lambda width: [conv(width, 1), conv(2 * width, 3)] * 2 + [conv(width, 1)]
    a += [conv(512, 1), conv(1024, 3), conv(512, 1)]
    for width, line in ((256, 85), (128, 54)):
        a += [conv(width, 1), UPSAMPLE, route(line), conv(width, 1), route(-1, -3)] + neck(width)
    a += [conv(256, 3)] + yolo("0,1,2")
    for width, back, mask in ((256, -16, "3,4,5"), (512, -37, "6,7,8")):
        a += [route(-4), conv(width, 3, 2), route(-1, back)] + neck(width) + [conv(2 * width, 3)] + yolo(mask)
    return a


def run(name, layers, folder):
    sections = [("net", dict(width=SIDE, height=SIDE, channels=3))] + layers
    path = f"{folder}/{name}"
    with open(path + ".cfg", "w") as file:
        for kind, values in sections:
            file.write(f"[{kind}]\n" + "".join(f"{k}={v}\n" for k, v in values.items()) + "\n")
    # The reader knows how many channels go into each convolution; an empty file of the right length is enough to ask.
    open(path + ".weights", "wb").write(bytes(20 + 4 * 70_000_000))
    net = cv2.dnn.readNetFromDarknet(path + ".cfg", path + ".weights")
    with open(path + ".weights", "wb") as file:
        file.write(np.array([0, 2, 5, 0, 0], np.int32).tobytes())
        for line, (kind, values) in enumerate(layers):
            if kind != "convolutional":
                continue
            shape = net.getParam(f"conv_{line}", 0).shape
            write = lambda part, values: file.write(values.astype(np.float32).tobytes())
            fill = lambda part, count: uniform(f"{line}.{part}", count)
            out = shape[0]
            if "batch_normalize" in values:
                write("bn.bias", 0.1 * fill("bn.bias", out))
                write("bn.weight", 1 + 0.1 * fill("bn.weight", out))
                write("bn.running_mean", 0.1 * fill("bn.running_mean", out))
                write("bn.running_var", 1 + 0.5 * abs(fill("bn.running_var", out)))
            else:
                write("conv.bias", 0.1 * fill("conv.bias", out))
            size = int(np.prod(shape))
            write("conv.weight", (GAIN / (size // out)) ** 0.5 * fill("conv.weight", size))
    net = cv2.dnn.readNetFromDarknet(path + ".cfg", path + ".weights")
    net.setInput(uniform("input", 3 * SIDE * SIDE).astype(np.float32).reshape(1, 3, SIDE, SIDE))
    lines = [k for k, (kind, _) in enumerate(layers[1:]) if kind in ("yolo", "region")]
    maps = []
    for line, data in zip(lines, net.forward([f"conv_{line}" for line in lines])):
        flat = data.ravel()
        samples = [float(f"{flat[k * (flat.size - 1) // (SAMPLES - 1)]:.7g}") for k in range(SAMPLES)]
        maps.append(dict(name=f"{line}.conv", shape=data.shape, maxAbs=float(f"{abs(flat).max():.7g}"), samples=samples))
    return maps


if __name__ == "__main__":
    networks = dict(yolo_v2=v2, yolo_v3=v3, yolo_v3_tiny=v3_tiny, yolo_v4=v4)
    maps = {name: run(name, build(), sys.argv[1]) for name, build in networks.items()}
    print(json.dumps(dict(opencv=cv2.__version__, side=SIDE, gain=GAIN, maps=maps)))
