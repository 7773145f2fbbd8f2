#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{isSecretName}from"./chunk-JD2DKJ6X.js";function secretArgWarnings(variants){return variants.flatMap(({name,args,platformArgs})=>{let given=[args,...Object.values(platformArgs)].flatMap(values=>Object.entries(values).flatMap(([arg,value])=>value===""?[]:[arg]));return[...new Set(given.filter(isSecretName))].map(arg=>`${name}: the argument ${arg} looks like a secret, but anyone can read it in the plan, the image's history and its provenance. Pass it under secrets: instead`)})}export{secretArgWarnings};
