# llama.cpp's own server over a model that is made first. The argument is the file that the model is kept in. The address is printed.
import json
import sys
import time

import xllamacpp

from make_model import context, make_model

make_model(sys.argv[1])
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.model_alias = ["portcullis-interop"]
params.n_ctx = context
params.n_parallel = 1
params.hostnames = ["127.0.0.1"]
params.port = 0
params.cpuparams.n_threads = 1
params.ui = False
server = xllamacpp.Server(params)
print(json.dumps({"msg": "listening", "url": server.listening_address}), flush=True)
while True:
    time.sleep(3600)
