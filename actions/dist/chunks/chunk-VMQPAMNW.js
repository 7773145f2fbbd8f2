#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function timeLegs({legs,variants},durations){let building=legs.filter(({action})=>action==="build"),median=medianOf(building.flatMap(({id})=>durations.get(id)??[])),several=new Set(variants.filter(variant=>variant.legs.length>1).map(({name})=>name));return building.map(leg=>{let seconds=durations.get(leg.id),joined=several.has(leg.variant);return{leg,seconds:seconds??median,known:seconds!==void 0,joined}})}function medianOf(seconds){let sorted=[...seconds].sort((a,b)=>a-b);return sorted[Math.floor(sorted.length/2)]??1}export{timeLegs,medianOf};
