#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{homedir}from"node:os";import{join,resolve}from"node:path";function cacheFolder(env){let base=env.XDG_CACHE_HOME??"";return join(base===""?join(homedir(),".cache"):base,"layerkeep")}function recordsFolder(env){return join(cacheFolder(env),"records")}function registryFolder(root,{env,cwd}){return root===void 0?join(cacheFolder(env),"registry"):resolve(cwd,root)}export{cacheFolder,recordsFolder,registryFolder};
