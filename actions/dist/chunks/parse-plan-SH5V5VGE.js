#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{parsePlan}from"./chunk-RHNBKAVD.js";import"./chunk-PR7IHQCN.js";import"./chunk-YNDNYBFA.js";import"./chunk-AGXKDCKH.js";import"./chunk-2M7B3C7I.js";import"./chunk-DNN3ARCB.js";import"./chunk-L7A62FJL.js";import"./chunk-VKDBHG3M.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{parsePlan};
