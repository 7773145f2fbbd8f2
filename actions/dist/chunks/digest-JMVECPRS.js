#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{algorithmOf,digestOf,hasDigest,hasherFor,hexOf,isDescriptorDigest,isDigest,parseDigest}from"./chunk-RWMIH4UP.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{algorithmOf,digestOf,hasDigest,hasherFor,hexOf,isDescriptorDigest,isDigest,parseDigest};
