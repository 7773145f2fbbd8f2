#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{formatBytes}from"./chunk-MI4B5VF7.js";var windowMs=5e3,leastBytes=1e5;function followTransfer(sentBytes,now){let before=sentBytes(),samples=[{at:now(),bytes:before}];return{text(){let last={at:now(),bytes:sentBytes()};samples.push(last),samples.splice(0,samples.findLastIndex(({at})=>last.at-at>=windowMs));let[first=last]=samples,sent=last.bytes-before;if(sent<leastBytes)return"";let seconds=Math.max(1,last.at-first.at)/1e3,rate=formatBytes((last.bytes-first.bytes)/seconds);return`${formatBytes(sent)} sent (${rate}/s)`}}}export{followTransfer};
