#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{followRate}from"./chunk-M43Z3YIC.js";import{formatBytes}from"./chunk-MI4B5VF7.js";var leastBytes=1e5;function followTransfer(sentBytes,now){let before=sentBytes(),rate=followRate(sentBytes,now);return{text(){let[sent,perSecond]=[sentBytes()-before,rate()];return sent<leastBytes?"":`${formatBytes(sent)} sent (${formatBytes(perSecond)}/s)`}}}export{followTransfer};
