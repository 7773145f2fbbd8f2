#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function planPublishJobs({variants,legs,trust},{most,moved=!1}){if(!trust.publishes)return{include:[]};let actions=new Map(legs.map(({id,action})=>[id,action])),has=(variant,action)=>variant.legs.some(leg=>actions.get(leg)===action),names=variants.filter(variant=>variant.targets.some(({tags})=>tags.length>0)&&!has(variant,"skip")&&(!moved||has(variant,"build"))).map(({name})=>name),jobs=Math.min(most,Math.max(1,Math.floor(names.length/32))),size=Math.ceil(names.length/jobs);return{include:Array.from({length:jobs},(_,job)=>({variants:names.slice(job*size,(job+1)*size).join(" ")})).filter(job=>job.variants!=="")}}export{planPublishJobs};
