#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{algorithmOf,digestOf,hasDigest,hasherFor,hexOf,isDescriptorDigest,isDigest,parseDigest}from"./chunk-L7A62FJL.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{algorithmOf,digestOf,hasDigest,hasherFor,hexOf,isDescriptorDigest,isDigest,parseDigest};
