#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{execOk}from"./chunk-AG3LCXFF.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";import{stat,statfs}from"node:fs/promises";function thisMachine({env,signal},exec){return{async freeBytes(path){let{bavail,bsize}=await statfs(path);return bavail*bsize},diskOf:path=>stat(path).then(({dev})=>dev,()=>{}),asRoot(argv,purpose){let isRoot=process.getuid?.()===0;return execOk(exec,isRoot?argv:["sudo","-n",...argv],{env,purpose,signal})}}}export{thisMachine};
