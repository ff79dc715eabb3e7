"""Writes the files of this folder: see README.md."""
import collections, json, os
import torch
from safetensors.torch import save_file
out = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(7)
def seq(shape, dtype): 
    n=1
    for s in shape: n*=s
    return (torch.arange(n,dtype=torch.float64)/8-3).reshape(shape).to(dtype)
class Net(torch.nn.Module):
    def __init__(s):
        super().__init__()
        s.conv=torch.nn.Conv2d(2,3,(2,1)); s.bn=torch.nn.BatchNorm2d(3); s.fc=torch.nn.Linear(4,2)
    def fill(s):
        with torch.no_grad():
            for k,(n,p) in enumerate(list(s.named_parameters())+list(s.named_buffers())):
                if p.dtype.is_floating_point: p.copy_(seq(p.shape,p.dtype)+k)
        return s
net=Net().fill()
sd=net.state_dict()
torch.save(sd, f'{out}/state.pth')
torch.save(sd, f'{out}/legacy.pth', _use_new_zipfile_serialization=False)
torch.save({'epoch':3,'loss':0.25,'optimizer':{'state':{},'param_groups':[{'lr':0.1,'params':[0,1]}]},'state_dict':{'module.'+k:v for k,v in sd.items()}}, f'{out}/training.pth')
base=seq((6,4),torch.float32)
views=collections.OrderedDict(
  transposed=base.t(), columns=base[:,1:3], rows=base[2:5], stepped=base[::2,::3], scalar=torch.tensor(2.5), empty=torch.zeros(0,3),
  double=seq((3,),torch.float64), half=seq((3,),torch.float16), bfloat=seq((3,),torch.bfloat16), long=seq((3,),torch.float64).round().long(),
  int=seq((3,),torch.float64).round().int(), short=seq((3,),torch.float64).round().short(), char=seq((3,),torch.float64).round().char(), byte=torch.tensor([0,1,255],dtype=torch.uint8), bool=torch.tensor([True,False,True]),
  parameter=torch.nn.Parameter(seq((2,2),torch.float32)))
torch.save(views, f'{out}/views.pth')
torch.save(views, f'{out}/views-legacy.pth', _use_new_zipfile_serialization=False)
torch.save(views, f'{out}/views-protocol4.pth', pickle_protocol=4)
save_file({k:v.detach().contiguous() for k,v in views.items()}, f'{out}/views.safetensors', metadata={'format':'pt'})
torch.save(net, f'{out}/module.pth')
torch.jit.save(torch.jit.script(torch.nn.Linear(2,2)), f'{out}/script.pt')
def f(t): return {'shape':list(t.shape),'values':[float(x) for x in t.detach().double().reshape(-1)]}
json.dump({'state':{k:f(v) for k,v in sd.items()},'views':{k:f(v) for k,v in views.items()}}, open(f'{out}/expected.json','w'))
