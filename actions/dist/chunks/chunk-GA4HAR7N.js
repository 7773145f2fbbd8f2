#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{UsageError}from"./chunk-JD2DKJ6X.js";function byLevel(items,nameOf,needsOf){let names=new Set(items.map(nameOf)),done=new Set,levels=[],open=items;for(;open.length>0;){let isReady=item=>needsOf(item).every(need=>done.has(need)||!names.has(need)),waiting=new Set(open.filter(item=>!isReady(item)).map(nameOf)),level=open.filter(item=>!waiting.has(nameOf(item)));if(level.length===0)throw new UsageError(`dependency cycle: ${[...waiting].join(", ")}`);levels.push(level);for(let item of level)done.add(nameOf(item));open=open.filter(item=>waiting.has(nameOf(item)))}return levels}export{byLevel};
