#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{show}from"./chunk-I5AYUFE5.js";function showDone(done,options,io){let dirs=done.map(({result})=>result),[first]=dirs,isKey=first!==void 0&&first.name===void 0;show(io,options,isKey?first:{dirs},()=>done.map(({text})=>text).join(`
`))}export{showDone};
