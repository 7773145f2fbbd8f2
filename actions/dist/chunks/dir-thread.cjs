"use strict";
var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __commonJS = (cb, mod) => function __require() {
  try {
    return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
  } catch (e) {
    throw mod = 0, e;
  }
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));

// node_modules/@bokuweb/zstd-wasm/dist/common/zstd.js
var require_zstd = __commonJS({
  "node_modules/@bokuweb/zstd-wasm/dist/common/zstd.js"(exports2) {
    "use strict";
    Object.defineProperty(exports2, "__esModule", { value: true });
    exports2.Module = void 0;
    var Module = typeof Module !== "undefined" ? Module : {};
    exports2.Module = Module;
    var moduleOverrides = {};
    var key;
    for (key in Module) {
      if (Module.hasOwnProperty(key)) {
        moduleOverrides[key] = Module[key];
      }
    }
    var arguments_ = [];
    var err = Module["printErr"] || console.warn.bind(console);
    for (key in moduleOverrides) {
      if (moduleOverrides.hasOwnProperty(key)) {
        Module[key] = moduleOverrides[key];
      }
    }
    var quit_ = (status, toThrow) => {
      throw toThrow;
    };
    moduleOverrides = null;
    if (Module["arguments"])
      arguments_ = Module["arguments"];
    if (Module["thisProgram"])
      thisProgram = Module["thisProgram"];
    if (Module["quit"])
      quit_ = Module["quit"];
    if (typeof WebAssembly !== "object") {
      abort("no native wasm support detected");
    }
    var wasmMemory;
    var ABORT = false;
    var EXITSTATUS;
    var HEAPU8;
    var HEAP8;
    function updateMemoryViews() {
      var b = wasmMemory.buffer;
      Module["HEAP8"] = HEAP8 = new Int8Array(b);
      Module["HEAPU8"] = HEAPU8 = new Uint8Array(b);
    }
    var __ATPRERUN__ = [];
    var __ATINIT__ = [];
    var __ATPOSTRUN__ = [];
    var runtimeInitialized = false;
    function preRun() {
      if (Module["preRun"]) {
        if (typeof Module["preRun"] == "function")
          Module["preRun"] = [Module["preRun"]];
        while (Module["preRun"].length) {
          addOnPreRun(Module["preRun"].shift());
        }
      }
      callRuntimeCallbacks(__ATPRERUN__);
    }
    function initRuntime() {
      runtimeInitialized = true;
      callRuntimeCallbacks(__ATINIT__);
    }
    function postRun() {
      if (Module["postRun"]) {
        if (typeof Module["postRun"] == "function")
          Module["postRun"] = [Module["postRun"]];
        while (Module["postRun"].length) {
          addOnPostRun(Module["postRun"].shift());
        }
      }
      callRuntimeCallbacks(__ATPOSTRUN__);
    }
    function addOnPreRun(cb) {
      __ATPRERUN__.unshift(cb);
    }
    function addOnInit(cb) {
      __ATINIT__.unshift(cb);
    }
    function addOnPostRun(cb) {
      __ATPOSTRUN__.unshift(cb);
    }
    var runDependencies = 0;
    var dependenciesFulfilled = null;
    function addRunDependency(id) {
      var _a;
      runDependencies++;
      (_a = Module["monitorRunDependencies"]) === null || _a === void 0 ? void 0 : _a.call(Module, runDependencies);
    }
    function removeRunDependency(id) {
      var _a;
      runDependencies--;
      (_a = Module["monitorRunDependencies"]) === null || _a === void 0 ? void 0 : _a.call(Module, runDependencies);
      if (runDependencies == 0) {
        if (dependenciesFulfilled) {
          var callback = dependenciesFulfilled;
          dependenciesFulfilled = null;
          callback();
        }
      }
    }
    function abort(what) {
      var _a;
      (_a = Module["onAbort"]) === null || _a === void 0 ? void 0 : _a.call(Module, what);
      what = "Aborted(" + what + ")";
      err(what);
      ABORT = true;
      what += ". Build with -sASSERTIONS for more info.";
      var e = new WebAssembly.RuntimeError(what);
      throw e;
    }
    function getWasmImports() {
      return { a: wasmImports };
    }
    function getBinaryPromise(url) {
      return fetch(url, { credentials: "same-origin" }).then(function(response) {
        if (!response["ok"]) {
          throw "failed to load wasm binary file at '" + url + "'";
        }
        return response["arrayBuffer"]();
      });
    }
    function init(filePathOrBuf) {
      var info = getWasmImports();
      function receiveInstance(instance, module3) {
        wasmExports = instance.exports;
        wasmMemory = wasmExports["f"];
        updateMemoryViews();
        addOnInit(wasmExports["g"]);
        removeRunDependency("wasm-instantiate");
        return wasmExports;
      }
      addRunDependency("wasm-instantiate");
      function receiveInstantiationResult(result) {
        receiveInstance(result["instance"]);
      }
      function instantiateArrayBuffer(receiver) {
        return getBinaryPromise(filePathOrBuf).then(function(binary) {
          var result = WebAssembly.instantiate(binary, info);
          return result;
        }).then(receiver, function(reason) {
          err("failed to asynchronously prepare wasm: " + reason);
          abort(reason);
        });
      }
      function instantiateAsync() {
        if (filePathOrBuf && filePathOrBuf.byteLength > 0) {
          return WebAssembly.instantiate(filePathOrBuf, info).then(receiveInstantiationResult, function(reason) {
            err("wasm compile failed: " + reason);
          });
        } else if (typeof WebAssembly.instantiateStreaming === "function" && typeof filePathOrBuf === "string" && typeof fetch === "function") {
          return fetch(filePathOrBuf, { credentials: "same-origin" }).then(function(response) {
            var result = WebAssembly.instantiateStreaming(response, info);
            return result.then(receiveInstantiationResult, function(reason) {
              err("wasm streaming compile failed: " + reason);
              err("falling back to ArrayBuffer instantiation");
              return instantiateArrayBuffer(receiveInstantiationResult);
            });
          });
        } else {
          return instantiateArrayBuffer(receiveInstantiationResult);
        }
      }
      if (Module["instantiateWasm"]) {
        try {
          var exports3 = Module["instantiateWasm"](info, receiveInstance);
          return exports3;
        } catch (e) {
          err("Module.instantiateWasm callback failed with error: " + e);
          return false;
        }
      }
      instantiateAsync();
      return {};
    }
    var ExitStatus = class {
      constructor(status) {
        this.name = "ExitStatus";
        this.message = `Program terminated with exit(${status})`;
        this.status = status;
      }
    };
    var callRuntimeCallbacks = (callbacks) => {
      while (callbacks.length > 0) {
        callbacks.shift()(Module);
      }
    };
    var noExitRuntime = Module["noExitRuntime"] || true;
    var __abort_js = () => abort("");
    var runtimeKeepaliveCounter = 0;
    var __emscripten_runtime_keepalive_clear = () => {
      noExitRuntime = false;
      runtimeKeepaliveCounter = 0;
    };
    var timers = {};
    var handleException = (e) => {
      if (e instanceof ExitStatus || e == "unwind") {
        return EXITSTATUS;
      }
      quit_(1, e);
    };
    var keepRuntimeAlive = () => noExitRuntime || runtimeKeepaliveCounter > 0;
    var _proc_exit = (code) => {
      var _a;
      EXITSTATUS = code;
      if (!keepRuntimeAlive()) {
        (_a = Module["onExit"]) === null || _a === void 0 ? void 0 : _a.call(Module, code);
        ABORT = true;
      }
      quit_(code, new ExitStatus(code));
    };
    var exitJS = (status, implicit) => {
      EXITSTATUS = status;
      _proc_exit(status);
    };
    var _exit = exitJS;
    var maybeExit = () => {
      if (!keepRuntimeAlive()) {
        try {
          _exit(EXITSTATUS);
        } catch (e) {
          handleException(e);
        }
      }
    };
    var callUserCallback = (func) => {
      if (ABORT) {
        return;
      }
      try {
        func();
        maybeExit();
      } catch (e) {
        handleException(e);
      }
    };
    var _emscripten_get_now = () => performance.now();
    var __setitimer_js = (which, timeout_ms) => {
      if (timers[which]) {
        clearTimeout(timers[which].id);
        delete timers[which];
      }
      if (!timeout_ms)
        return 0;
      var id = setTimeout(() => {
        delete timers[which];
        callUserCallback(() => __emscripten_timeout(which, _emscripten_get_now()));
      }, timeout_ms);
      timers[which] = { id, timeout_ms };
      return 0;
    };
    var getHeapMax = () => 2147483648;
    var alignMemory = (size, alignment) => Math.ceil(size / alignment) * alignment;
    var growMemory = (size) => {
      var b = wasmMemory.buffer;
      var pages = (size - b.byteLength + 65535) / 65536 | 0;
      try {
        wasmMemory.grow(pages);
        updateMemoryViews();
        return 1;
      } catch (e) {
      }
    };
    var _emscripten_resize_heap = (requestedSize) => {
      var oldSize = HEAPU8.length;
      requestedSize >>>= 0;
      var maxHeapSize = getHeapMax();
      if (requestedSize > maxHeapSize) {
        return false;
      }
      for (var cutDown = 1; cutDown <= 4; cutDown *= 2) {
        var overGrownHeapSize = oldSize * (1 + 0.2 / cutDown);
        overGrownHeapSize = Math.min(overGrownHeapSize, requestedSize + 100663296);
        var newSize = Math.min(maxHeapSize, alignMemory(Math.max(requestedSize, overGrownHeapSize), 65536));
        var replacement = growMemory(newSize);
        if (replacement) {
          return true;
        }
      }
      return false;
    };
    var wasmImports = {
      c: __abort_js,
      b: __emscripten_runtime_keepalive_clear,
      d: __setitimer_js,
      e: _emscripten_resize_heap,
      a: _proc_exit
    };
    var wasmExports;
    var _ZSTD_isError = Module["_ZSTD_isError"] = (a0) => (_ZSTD_isError = Module["_ZSTD_isError"] = wasmExports["h"])(a0);
    var _ZSTD_compressBound = Module["_ZSTD_compressBound"] = (a0) => (_ZSTD_compressBound = Module["_ZSTD_compressBound"] = wasmExports["i"])(a0);
    var _ZSTD_createCCtx = Module["_ZSTD_createCCtx"] = () => (_ZSTD_createCCtx = Module["_ZSTD_createCCtx"] = wasmExports["j"])();
    var _ZSTD_freeCCtx = Module["_ZSTD_freeCCtx"] = (a0) => (_ZSTD_freeCCtx = Module["_ZSTD_freeCCtx"] = wasmExports["k"])(a0);
    var _ZSTD_compress_usingDict = Module["_ZSTD_compress_usingDict"] = (a0, a1, a2, a3, a4, a5, a6, a7) => (_ZSTD_compress_usingDict = Module["_ZSTD_compress_usingDict"] = wasmExports["l"])(a0, a1, a2, a3, a4, a5, a6, a7);
    var _ZSTD_compress = Module["_ZSTD_compress"] = (a0, a1, a2, a3, a4) => (_ZSTD_compress = Module["_ZSTD_compress"] = wasmExports["m"])(a0, a1, a2, a3, a4);
    var _ZSTD_createDCtx = Module["_ZSTD_createDCtx"] = () => (_ZSTD_createDCtx = Module["_ZSTD_createDCtx"] = wasmExports["n"])();
    var _ZSTD_freeDCtx = Module["_ZSTD_freeDCtx"] = (a0) => (_ZSTD_freeDCtx = Module["_ZSTD_freeDCtx"] = wasmExports["o"])(a0);
    var _ZSTD_getFrameContentSize = Module["_ZSTD_getFrameContentSize"] = (a0, a1) => (_ZSTD_getFrameContentSize = Module["_ZSTD_getFrameContentSize"] = wasmExports["p"])(a0, a1);
    var _ZSTD_decompress_usingDict = Module["_ZSTD_decompress_usingDict"] = (a0, a1, a2, a3, a4, a5, a6) => (_ZSTD_decompress_usingDict = Module["_ZSTD_decompress_usingDict"] = wasmExports["q"])(a0, a1, a2, a3, a4, a5, a6);
    var _ZSTD_decompress = Module["_ZSTD_decompress"] = (a0, a1, a2, a3) => (_ZSTD_decompress = Module["_ZSTD_decompress"] = wasmExports["r"])(a0, a1, a2, a3);
    var _malloc = Module["_malloc"] = (a0) => (_malloc = Module["_malloc"] = wasmExports["s"])(a0);
    var _free = Module["_free"] = (a0) => (_free = Module["_free"] = wasmExports["t"])(a0);
    var __emscripten_timeout = (a0, a1) => (__emscripten_timeout = wasmExports["v"])(a0, a1);
    var calledRun;
    dependenciesFulfilled = function runCaller() {
      if (!calledRun)
        run();
      if (!calledRun)
        dependenciesFulfilled = runCaller;
    };
    function run() {
      if (runDependencies > 0) {
        return;
      }
      preRun();
      if (runDependencies > 0) {
        return;
      }
      function doRun() {
        var _a;
        if (calledRun)
          return;
        calledRun = true;
        Module["calledRun"] = true;
        if (ABORT)
          return;
        initRuntime();
        (_a = Module["onRuntimeInitialized"]) === null || _a === void 0 ? void 0 : _a.call(Module);
        postRun();
      }
      if (Module["setStatus"]) {
        Module["setStatus"]("Running...");
        setTimeout(() => {
          setTimeout(() => Module["setStatus"](""), 1);
          doRun();
        }, 1);
      } else {
        doRun();
      }
    }
    Module["run"] = run;
    if (Module["preInit"]) {
      if (typeof Module["preInit"] == "function")
        Module["preInit"] = [Module["preInit"]];
      while (Module["preInit"].length > 0) {
        Module["preInit"].pop()();
      }
    }
    Module["init"] = init;
  }
});

// node_modules/@bokuweb/zstd-wasm/dist/common/module.js
var require_module = __commonJS({
  "node_modules/@bokuweb/zstd-wasm/dist/common/module.js"(exports2) {
    "use strict";
    var __awaiter = exports2 && exports2.__awaiter || function(thisArg, _arguments, P, generator) {
      function adopt(value) {
        return value instanceof P ? value : new P(function(resolve) {
          resolve(value);
        });
      }
      return new (P || (P = Promise))(function(resolve, reject) {
        function fulfilled(value) {
          try {
            step(generator.next(value));
          } catch (e) {
            reject(e);
          }
        }
        function rejected(value) {
          try {
            step(generator["throw"](value));
          } catch (e) {
            reject(e);
          }
        }
        function step(result) {
          result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected);
        }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
      });
    };
    Object.defineProperty(exports2, "__esModule", { value: true });
    exports2.Module = exports2.waitInitialized = void 0;
    var zstd_1 = require_zstd();
    Object.defineProperty(exports2, "Module", { enumerable: true, get: function() {
      return zstd_1.Module;
    } });
    var initialized = (() => new Promise((resolve) => {
      zstd_1.Module.onRuntimeInitialized = resolve;
    }))();
    var waitInitialized = () => __awaiter(void 0, void 0, void 0, function* () {
      yield initialized;
    });
    exports2.waitInitialized = waitInitialized;
  }
});

// node_modules/@bokuweb/zstd-wasm/dist/common/errors/index.js
var require_errors = __commonJS({
  "node_modules/@bokuweb/zstd-wasm/dist/common/errors/index.js"(exports2) {
    "use strict";
    Object.defineProperty(exports2, "__esModule", { value: true });
    exports2.isError = void 0;
    var module_1 = require_module();
    var isError = (code) => {
      const _isError = module_1.Module["_ZSTD_isError"];
      return _isError(code);
    };
    exports2.isError = isError;
  }
});

// node_modules/@bokuweb/zstd-wasm/dist/common/simple/decompress.js
var require_decompress = __commonJS({
  "node_modules/@bokuweb/zstd-wasm/dist/common/simple/decompress.js"(exports2) {
    "use strict";
    Object.defineProperty(exports2, "__esModule", { value: true });
    exports2.decompress = void 0;
    var module_1 = require_module();
    var errors_1 = require_errors();
    var getFrameContentSize = (src, size) => {
      const getSize = module_1.Module["_ZSTD_getFrameContentSize"];
      return getSize(src, size);
    };
    var decompress = (buf, opts = { defaultHeapSize: 1024 * 1024 }) => {
      const malloc = module_1.Module["_malloc"];
      const src = malloc(buf.byteLength);
      module_1.Module.HEAP8.set(buf, src);
      const contentSize = getFrameContentSize(src, buf.byteLength);
      const size = contentSize === -1 ? opts.defaultHeapSize : contentSize;
      const free = module_1.Module["_free"];
      const heap = malloc(size);
      try {
        const _decompress = module_1.Module["_ZSTD_decompress"];
        const sizeOrError = _decompress(heap, size, src, buf.byteLength);
        if ((0, errors_1.isError)(sizeOrError)) {
          throw new Error(`Failed to compress with code ${sizeOrError}`);
        }
        const data = new Uint8Array(module_1.Module.HEAPU8.buffer, heap, sizeOrError).slice();
        free(heap, size);
        free(src, buf.byteLength);
        return data;
      } catch (e) {
        free(heap, size);
        free(src, buf.byteLength);
        throw e;
      }
    };
    exports2.decompress = decompress;
  }
});

// node_modules/@bokuweb/zstd-wasm/dist/common/simple/compress.js
var require_compress = __commonJS({
  "node_modules/@bokuweb/zstd-wasm/dist/common/simple/compress.js"(exports2) {
    "use strict";
    Object.defineProperty(exports2, "__esModule", { value: true });
    exports2.compress = void 0;
    var module_1 = require_module();
    var errors_1 = require_errors();
    var compressBound = (size) => {
      const bound = module_1.Module["_ZSTD_compressBound"];
      return bound(size);
    };
    var compress2 = (buf, level) => {
      const bound = compressBound(buf.byteLength);
      const malloc = module_1.Module["_malloc"];
      const compressed = malloc(bound);
      const src = malloc(buf.byteLength);
      module_1.Module.HEAP8.set(buf, src);
      const free = module_1.Module["_free"];
      try {
        const _compress = module_1.Module["_ZSTD_compress"];
        const sizeOrError = _compress(compressed, bound, src, buf.byteLength, level !== null && level !== void 0 ? level : 3);
        if ((0, errors_1.isError)(sizeOrError)) {
          throw new Error(`Failed to compress with code ${sizeOrError}`);
        }
        const data = new Uint8Array(module_1.Module.HEAPU8.buffer, compressed, sizeOrError).slice();
        free(compressed, bound);
        free(src, buf.byteLength);
        return data;
      } catch (e) {
        free(compressed, bound);
        free(src, buf.byteLength);
        throw e;
      }
    };
    exports2.compress = compress2;
  }
});

// node_modules/@bokuweb/zstd-wasm/dist/common/simple/decompress_using_dict.js
var require_decompress_using_dict = __commonJS({
  "node_modules/@bokuweb/zstd-wasm/dist/common/simple/decompress_using_dict.js"(exports2) {
    "use strict";
    Object.defineProperty(exports2, "__esModule", { value: true });
    exports2.decompressUsingDict = exports2.freeDCtx = exports2.createDCtx = void 0;
    var module_1 = require_module();
    var errors_1 = require_errors();
    var getFrameContentSize = (src, size) => {
      const getSize = module_1.Module["_ZSTD_getFrameContentSize"];
      return getSize(src, size);
    };
    var createDCtx = () => {
      return module_1.Module["_ZSTD_createDCtx"]();
    };
    exports2.createDCtx = createDCtx;
    var freeDCtx = (dctx) => {
      return module_1.Module["_ZSTD_freeDCtx"](dctx);
    };
    exports2.freeDCtx = freeDCtx;
    var decompressUsingDict = (dctx, buf, dict, opts = { defaultHeapSize: 1024 * 1024 }) => {
      const malloc = module_1.Module["_malloc"];
      const src = malloc(buf.byteLength);
      module_1.Module.HEAP8.set(buf, src);
      const pdict = malloc(dict.byteLength);
      module_1.Module.HEAP8.set(dict, pdict);
      const contentSize = getFrameContentSize(src, buf.byteLength);
      const size = contentSize === -1 ? opts.defaultHeapSize : contentSize;
      const free = module_1.Module["_free"];
      const heap = malloc(size);
      try {
        const _decompress = module_1.Module["_ZSTD_decompress_usingDict"];
        const sizeOrError = _decompress(dctx, heap, size, src, buf.byteLength, pdict, dict.byteLength);
        if ((0, errors_1.isError)(sizeOrError)) {
          throw new Error(`Failed to compress with code ${sizeOrError}`);
        }
        const data = new Uint8Array(module_1.Module.HEAPU8.buffer, heap, sizeOrError).slice();
        free(heap, size);
        free(src, buf.byteLength);
        free(pdict, dict.byteLength);
        return data;
      } catch (e) {
        free(heap, size);
        free(src, buf.byteLength);
        free(pdict, dict.byteLength);
        throw e;
      }
    };
    exports2.decompressUsingDict = decompressUsingDict;
  }
});

// node_modules/@bokuweb/zstd-wasm/dist/common/simple/compress_using_dict.js
var require_compress_using_dict = __commonJS({
  "node_modules/@bokuweb/zstd-wasm/dist/common/simple/compress_using_dict.js"(exports2) {
    "use strict";
    Object.defineProperty(exports2, "__esModule", { value: true });
    exports2.compressUsingDict = exports2.freeCCtx = exports2.createCCtx = void 0;
    var module_1 = require_module();
    var errors_1 = require_errors();
    var compressBound = (size) => {
      const bound = module_1.Module["_ZSTD_compressBound"];
      return bound(size);
    };
    var createCCtx = () => {
      return module_1.Module["_ZSTD_createCCtx"]();
    };
    exports2.createCCtx = createCCtx;
    var freeCCtx = (cctx) => {
      return module_1.Module["_ZSTD_freeCCtx"](cctx);
    };
    exports2.freeCCtx = freeCCtx;
    var compressUsingDict = (cctx, buf, dict, level) => {
      const bound = compressBound(buf.byteLength);
      const malloc = module_1.Module["_malloc"];
      const compressed = malloc(bound);
      const src = malloc(buf.byteLength);
      module_1.Module.HEAP8.set(buf, src);
      const pdict = malloc(dict.byteLength);
      module_1.Module.HEAP8.set(dict, pdict);
      const free = module_1.Module["_free"];
      try {
        const _compress = module_1.Module["_ZSTD_compress_usingDict"];
        const sizeOrError = _compress(cctx, compressed, bound, src, buf.byteLength, pdict, dict.byteLength, level !== null && level !== void 0 ? level : 3);
        if ((0, errors_1.isError)(sizeOrError)) {
          throw new Error(`Failed to compress with code ${sizeOrError}`);
        }
        const data = new Uint8Array(module_1.Module.HEAPU8.buffer, compressed, sizeOrError).slice();
        free(compressed, bound);
        free(src, buf.byteLength);
        free(pdict, dict.byteLength);
        return data;
      } catch (e) {
        free(compressed, bound);
        free(src, buf.byteLength);
        free(pdict, dict.byteLength);
        throw e;
      }
    };
    exports2.compressUsingDict = compressUsingDict;
  }
});

// node_modules/@bokuweb/zstd-wasm/dist/common/index.node.js
var require_index_node = __commonJS({
  "node_modules/@bokuweb/zstd-wasm/dist/common/index.node.js"(exports2) {
    "use strict";
    var __createBinding = exports2 && exports2.__createBinding || (Object.create ? (function(o, m, k, k2) {
      if (k2 === void 0) k2 = k;
      var desc = Object.getOwnPropertyDescriptor(m, k);
      if (!desc || ("get" in desc ? !m.__esModule : desc.writable || desc.configurable)) {
        desc = { enumerable: true, get: function() {
          return m[k];
        } };
      }
      Object.defineProperty(o, k2, desc);
    }) : (function(o, m, k, k2) {
      if (k2 === void 0) k2 = k;
      o[k2] = m[k];
    }));
    var __exportStar = exports2 && exports2.__exportStar || function(m, exports3) {
      for (var p in m) if (p !== "default" && !Object.prototype.hasOwnProperty.call(exports3, p)) __createBinding(exports3, m, p);
    };
    var __awaiter = exports2 && exports2.__awaiter || function(thisArg, _arguments, P, generator) {
      function adopt(value) {
        return value instanceof P ? value : new P(function(resolve) {
          resolve(value);
        });
      }
      return new (P || (P = Promise))(function(resolve, reject) {
        function fulfilled(value) {
          try {
            step(generator.next(value));
          } catch (e) {
            reject(e);
          }
        }
        function rejected(value) {
          try {
            step(generator["throw"](value));
          } catch (e) {
            reject(e);
          }
        }
        function step(result) {
          result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected);
        }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
      });
    };
    Object.defineProperty(exports2, "__esModule", { value: true });
    exports2.init = void 0;
    var module_1 = require_module();
    var init = () => __awaiter(void 0, void 0, void 0, function* () {
      const { readFile } = require("fs/promises");
      const { resolve } = require("path");
      const buf = yield readFile(resolve(__dirname, "./zstd.wasm"));
      module_1.Module["init"](buf);
      yield (0, module_1.waitInitialized)();
    });
    exports2.init = init;
    __exportStar(require_decompress(), exports2);
    __exportStar(require_compress(), exports2);
    __exportStar(require_decompress_using_dict(), exports2);
    __exportStar(require_compress_using_dict(), exports2);
  }
});

// src/dir/threads/thread.ts
var import_node_worker_threads2 = require("node:worker_threads");

// src/count.ts
function count(number, noun, plural = `${noun}s`) {
  return `${number} ${number === 1 ? noun : plural}`;
}

// src/secrets.ts
var keyBegin = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
var keyEnd = /-----END [A-Z ]*-----/;
var shapes = [
  // The ssh user is not a secret: git@github.com.
  { pattern: /\b((?!ssh:|git\+ssh:)[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'<>]+(?=@)/gi, keep: "$1" },
  { pattern: /\b([Bb]earer|[Bb]asic) (?=\S*[0-9A-Z=])[\w+/=.~-]{8,}/g, keep: "$1 " },
  {
    pattern: /\b((?:authorization|private-token|job-token|x-[\w-]{0,60}(?:key|token)): )(?!Basic|Bearer)[^\s"'*]+/gi,
    keep: "$1"
  },
  {
    pattern: new RegExp(`${keyBegin.source}[\\s\\S]*?(?:${keyEnd.source}|$)`, "g"),
    keep: ""
  },
  // GitHub, GitLab, npm, Docker Hub, PyPI, Hugging Face.
  { pattern: /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|gl[a-z]{2,5}-[\w-]{16,})/g, keep: "" },
  { pattern: /\b(?:npm_\w{20,}|dckr_[a-z]{3}_[\w-]{20,}|pypi-[\w-]{30,}|hf_\w{20,})/g, keep: "" },
  // AWS, Google, Slack, Stripe and others that begin with sk-.
  { pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}/g, keep: "" },
  { pattern: /\bxox[a-z]-[\w-]{10,}|\bsk[-_](?:live_|test_|ant-|proj-)?[\w-]{20,}/g, keep: "" },
  // A JSON web token (RFC 7519): base64url of {"….
  { pattern: /\beyJ[\w-]{8,1000}\.[\w-]{4,}(?:\.[\w-]*)?/g, keep: "" }
];

// src/errors.ts
var LayerkeepError = class extends Error {
  hint;
  constructor(message, options = {}) {
    super(message, options);
    this.name = new.target.name;
    this.hint = options.hint;
  }
};
var FormatError = class extends LayerkeepError {
  code = "format";
};
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
function systemCodeOf(error) {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : void 0;
}

// src/dir/packs/codec.ts
var zlib = __toESM(require("node:zlib"), 1);

// src/dir/packs/zstd-size.ts
var magic = 4247762216;
function zstdContentSize(frame) {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (frame.length < 6 || view.getUint32(0, true) !== magic) return void 0;
  const descriptor = view.getUint8(4);
  const isSingle = (descriptor & 32) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + (isSingle ? 0 : 1) + dictionary;
  const flag = descriptor >> 6;
  const bytes = flag === 0 ? isSingle ? 1 : 0 : 2 ** flag;
  if (bytes === 0 || frame.length < at + bytes) return void 0;
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}

// src/dir/packs/codec.ts
var zstdLevel = 1;
var webAssembly;
async function openCodec() {
  const zstd = nodesOwn() ?? await (webAssembly ??= inWebAssembly());
  return {
    compress: (bytes) => owned(zstd.compress(bytes)),
    expand(bytes, compression, size) {
      const expanded = expandBy(zstd, bytes, compression, size);
      if (expanded.length === size) return expanded;
      throw new FormatError(`it has ${count(expanded.length, "byte")}, not ${size}`);
    }
  };
}
function expandBy(zstd, bytes, compression, size) {
  if (compression === "none") return bytes;
  try {
    if (compression === "gzip") return zlib.gunzipSync(bytes, { maxOutputLength: size + 1 });
    if (zstdContentSize(bytes) !== size)
      throw new FormatError(`it does not have ${count(size, "byte")}`);
    return zstd.expand(bytes, size);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(`it is not compressed with ${compression}`, { cause });
  }
}
function nodesOwn() {
  const compress2 = Reflect.get(zlib, "zstdCompressSync");
  const expand = Reflect.get(zlib, "zstdDecompressSync");
  const level = Reflect.get(zlib.constants, "ZSTD_c_compressionLevel");
  if (!isOneShot(compress2) || !isOneShot(expand)) return void 0;
  const bytesOf2 = (value) => {
    if (value instanceof Uint8Array) return value;
    throw new TypeError("zstd gave no bytes");
  };
  const options = { params: { [String(level)]: zstdLevel } };
  return {
    compress: (bytes) => bytesOf2(compress2(bytes, { ...options, pledgedSrcSize: bytes.length })),
    expand: (bytes, size) => {
      const chunkSize = Math.max(zlib.constants.Z_MIN_CHUNK, size + 1);
      return bytesOf2(expand(bytes, { maxOutputLength: size + 1, chunkSize }));
    }
  };
}
function isOneShot(value) {
  return typeof value === "function";
}
async function inWebAssembly() {
  const { init, compress: compress2, decompress } = await Promise.resolve().then(() => __toESM(require_index_node(), 1));
  await init();
  return {
    compress: (bytes) => compress2(bytes, zstdLevel),
    expand: (bytes) => decompress(bytes)
  };
}
function owned(bytes) {
  const { buffer } = bytes;
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return isOwn ? new Uint8Array(buffer) : new Uint8Array(bytes);
}

// src/dir/threads/hash.ts
var crypto = __toESM(require("node:crypto"), 1);
function hashOf(bytes) {
  return crypto.hash("sha256", bytes, "hex");
}

// src/dir/threads/read.ts
var import_node_fs = require("node:fs");

// src/dir/tree/walk.ts
function bytesOf(file) {
  return Buffer.from(file, "latin1");
}

// src/dir/known/known-files.ts
var clockStepMs = 50;
var settledMs = clockStepMs + 10;
function isUnchanged(known, now) {
  return known.size === now.size && known.mtimeMs === now.mtimeMs && known.ctimeMs === now.ctimeMs && known.ino === now.ino;
}

// src/dir/chunks/cut.ts
var import_node_crypto = require("node:crypto");
var largestWhole = 2 << 20;
var smallest = 16 << 10;
var average = 64 << 10;
var largestChunk = 256 << 10;
var maskBelow = 4294950912 | 0;
var maskAbove = 4294705152 | 0;
var gear = gearTable();
function cutChunk(bytes, {
  start,
  end,
  isLast
}) {
  const most = Math.min(end, start + largestChunk);
  const middle = Math.min(most, start + average);
  let hash2 = 0;
  let at = Math.min(most, start + smallest);
  for (; at < middle; at++) {
    hash2 = (hash2 << 1) + (gear[bytes[at] ?? 0] ?? 0) | 0;
    if ((hash2 & maskBelow) === 0) return at + 1;
  }
  for (; at < most; at++) {
    hash2 = (hash2 << 1) + (gear[bytes[at] ?? 0] ?? 0) | 0;
    if ((hash2 & maskAbove) === 0) return at + 1;
  }
  return isLast || most === start + largestChunk ? most : void 0;
}
function gearTable() {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    table[byte] = (0, import_node_crypto.createHash)("sha256").update(`layerkeep-gear-${byte}`).digest().readInt32BE(0);
  }
  return table;
}

// src/dir/chunks/compressible.ts
var sampled = 4096;
var mostBits = 7.4;
function isCompressible(bytes) {
  if (bytes.length < 256) return true;
  const length = Math.min(sampled, bytes.length);
  const start = bytes.length - length >> 1;
  const counts = new Uint32Array(256);
  for (let at = start; at < start + length; at++) {
    const byte = bytes[at] ?? 0;
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
  let bits = 0;
  for (const times of counts) {
    if (times > 0) bits -= times / length * Math.log2(times / length);
  }
  return bits < Math.min(mostBits, Math.log2(length) - 0.9);
}

// src/dir/threads/read.ts
var flags = import_node_fs.constants.O_RDONLY | import_node_fs.constants.O_NOFOLLOW | import_node_fs.constants.O_NONBLOCK;
var changed = "changed";
function readFiles({ buffer, files }) {
  const bytes = new Uint8Array(buffer);
  let start = 0;
  const read = files.map(({ file, stat }) => {
    const failure = readAt(bytes.subarray(start, start + stat.size), { file, stat, offset: 0 });
    if (failure !== void 0) return failure;
    if (stat.size === 0) return [];
    const chunk = chunkOf(bytes, start, start + stat.size);
    start += stat.size;
    return [chunk];
  });
  return { buffer, files: read };
}
function readPart({ buffer, file, stat, offset }) {
  const end = Math.min(buffer.byteLength, stat.size - offset);
  const bytes = new Uint8Array(buffer, 0, end);
  const failure = readAt(bytes, { file, stat, offset });
  if (failure !== void 0) return { buffer, files: [failure] };
  const isLast = offset + end === stat.size;
  const chunks = [];
  for (let start = 0; start < end; ) {
    const next = cutChunk(bytes, { start, end, isLast });
    if (next === void 0) break;
    chunks.push(chunkOf(bytes, start, next));
    start = next;
  }
  return { buffer, files: [chunks] };
}
function readAt(bytes, { file, stat, offset }) {
  let opened;
  try {
    opened = (0, import_node_fs.openSync)(bytesOf(file), flags);
    for (let at = 0; at < bytes.length; ) {
      const read = (0, import_node_fs.readSync)(opened, bytes, at, bytes.length - at, offset + at);
      if (read === 0) return { failed: changed };
      at += read;
    }
    return isUnchanged(stat, (0, import_node_fs.fstatSync)(opened)) ? void 0 : { failed: changed };
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === void 0) throw error;
    return { failed: code };
  } finally {
    if (opened !== void 0) (0, import_node_fs.closeSync)(opened);
  }
}
function chunkOf(bytes, start, end) {
  const chunk = bytes.subarray(start, end);
  const length = end - start;
  return { start, length, digest: hashOf(chunk), isCompressible: isCompressible(chunk) };
}

// src/dir/threads/write.ts
var import_node_fs2 = require("node:fs");

// src/dir/packs/release.ts
var import_node_worker_threads = require("node:worker_threads");
var { port1: nowhere, port2: closed } = new import_node_worker_threads.MessageChannel();
closed.close();
nowhere.unref();
var leastBytes = 1 << 20;
function release({ buffer }) {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < leastBytes) return;
  nowhere.postMessage(void 0, [buffer]);
}

// src/dir/tree/times.ts
function secondsOf(microseconds) {
  return (microseconds + 0.25) / 1e6;
}

// src/dir/threads/write.ts
var { O_NOFOLLOW } = import_node_fs2.constants;
var creating = import_node_fs2.constants.O_WRONLY | import_node_fs2.constants.O_CREAT | import_node_fs2.constants.O_EXCL | O_NOFOLLOW;
var continuing = import_node_fs2.constants.O_WRONLY | O_NOFOLLOW;
var holeBytes = 4096;
function unpack({ bytes, compression, size, chunks }, codec2) {
  const { buffer } = bytes;
  let expanded;
  try {
    expanded = codec2.expand(bytes, compression, size);
  } catch (error) {
    return { buffer, damaged: [], problem: messageOf(error) };
  }
  try {
    return { buffer, damaged: writeChunks(chunks, expanded) };
  } finally {
    if (expanded.buffer !== buffer) release(expanded);
  }
}
function writeChunks(chunks, expanded) {
  const partOf = ({ start, length }) => expanded.subarray(start, start + length);
  const damaged = chunks.filter((chunk) => hashOf(partOf(chunk)) !== chunk.digest);
  if (damaged.length > 0) return damaged.map(({ digest }) => digest);
  const open = new OpenFile();
  try {
    for (const chunk of chunks) {
      for (const to of chunk.to) {
        if (to.offset === void 0) writeWhole(partOf(chunk), to);
        else writeBytes(open.of(to.file), partOf(chunk), to.offset, to.isSparse);
      }
    }
  } finally {
    open.close();
  }
  return [];
}
function writeWhole(bytes, { file, mode, mtime, isSparse }) {
  const opened = (0, import_node_fs2.openSync)(bytesOf(file), creating, 384);
  try {
    writeBytes(opened, bytes, 0, isSparse);
    (0, import_node_fs2.fchmodSync)(opened, mode);
    (0, import_node_fs2.futimesSync)(opened, secondsOf(mtime), secondsOf(mtime));
  } finally {
    (0, import_node_fs2.closeSync)(opened);
  }
}
function writeBytes(opened, bytes, offset, isSparse) {
  const step = isSparse ? holeBytes : Math.max(bytes.length, 1);
  for (let start = 0; start < bytes.length; start += step) {
    const part = bytes.subarray(start, Math.min(start + step, bytes.length));
    if (isSparse && part.every((byte) => byte === 0)) continue;
    for (let at = 0; at < part.length; ) {
      at += (0, import_node_fs2.writeSync)(opened, part, at, part.length - at, offset + start + at);
    }
  }
}
var OpenFile = class {
  #file;
  #opened;
  of(file) {
    if (this.#opened === void 0 || this.#file !== file) {
      this.close();
      this.#opened = (0, import_node_fs2.openSync)(bytesOf(file), continuing);
      this.#file = file;
    }
    return this.#opened;
  }
  close() {
    if (this.#opened !== void 0) (0, import_node_fs2.closeSync)(this.#opened);
    this.#opened = void 0;
  }
};

// src/dir/threads/perform.ts
var leastSaving = 0.05;
function perform(task, codec2) {
  switch (task.kind) {
    case "read-files":
      return readFiles(task);
    case "read-part":
      return readPart(task);
    case "compress":
      return compress(task, codec2);
    case "unpack":
      return unpack(task, codec2);
  }
}
function compress({ bytes, isCompressible: isCompressible2 }, codec2) {
  const { buffer } = bytes;
  const packed = isCompressible2 ? codec2.compress(bytes) : void 0;
  if (packed !== void 0 && packed.length < bytes.length * (1 - leastSaving)) {
    return { buffer, bytes: packed, compression: "zstd", digest: hashOf(packed) };
  }
  return { buffer, bytes, compression: "none", digest: hashOf(bytes) };
}

// src/dir/threads/thread.ts
var codec = openCodec();
import_node_worker_threads2.parentPort?.on("message", (task) => {
  void codec.then((it) => {
    const result = perform(task, it);
    import_node_worker_threads2.parentPort?.postMessage({ result }, buffersOf(result));
  }).catch((error) => {
    const failed = { message: messageOf(error), code: systemCodeOf(error) };
    import_node_worker_threads2.parentPort?.postMessage({ failed });
  });
});
function buffersOf(result) {
  const { buffer } = result;
  return "bytes" in result && result.bytes.buffer !== buffer ? [buffer, result.bytes.buffer] : [buffer];
}
