#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function createLimit(most){let running=0,waiting=[],hasRoom=weight=>running===0||running+weight<=most;return async(task,weight=1)=>{waiting.length>0||!hasRoom(weight)?await new Promise(admit=>waiting.push({weight,admit})):running+=weight;try{return await task()}finally{running-=weight;for(let next=waiting[0];next!==void 0&&hasRoom(next.weight);next=waiting[0])waiting.shift(),running+=next.weight,next.admit()}}}export{createLimit};
