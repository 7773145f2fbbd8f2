#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{algorithmOf,digestOf,hasDigest,hasherFor,hexOf,isDescriptorDigest,isDigest,parseDigest}from"./chunk-JBJZVKDH.js";import"./chunk-NE5655XK.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{algorithmOf,digestOf,hasDigest,hasherFor,hexOf,isDescriptorDigest,isDigest,parseDigest};
