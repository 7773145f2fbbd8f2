#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function locate(root,offsets,path,part){let found,value=root;for(let step of path){let next=isObject(value)?offsets.get(value)?.get(step):void 0;if(next===void 0)return found?.[isObject(value)?"key":"value"];found=next,value=isObject(value)?Reflect.get(value,step):void 0}return found?.[part]}function hasPath(root,path){let value=root;for(let step of path){if(!isObject(value)||!Object.hasOwn(value,step))return!1;value=Reflect.get(value,step)}return!0}function createPlaces(text){let starts;return offset=>{starts??=lineStarts(text);let[low,high]=[0,starts.length-1];for(;low<high;){let middle=low+high+1>>1;(starts[middle]??0)<=offset?low=middle:high=middle-1}return{line:low+1,column:offset-(starts[low]??0)+1}}}function lineStarts(text){let starts=[0];for(let at=text.indexOf(`
`);at>=0;at=text.indexOf(`
`,at+1))starts.push(at+1);return starts}function isObject(value){return typeof value=="object"&&value!==null}export{locate,hasPath,createPlaces};
