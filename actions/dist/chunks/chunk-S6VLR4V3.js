#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{algorithmOf,hexOf}from"./chunk-JBJZVKDH.js";import{join}from"node:path";function layoutOf(root){return{root,journal:join(root,"journal"),blobs:join(root,"blobs"),uploads:join(root,"uploads"),marker:join(root,"layerkeep-registry.json"),setAside:join(root,"set-aside"),reserve:join(root,"reserve")}}function digestPath(folder,digest){return`${folder}/${algorithmOf(digest)}/${hexOf(digest)}`}export{layoutOf,digestPath};
