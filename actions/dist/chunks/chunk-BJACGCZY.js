#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{harmless}from"./chunk-HUWE3WTS.js";function renderAnnotation(level,text,{file,line,col,title}={}){let properties=Object.entries({file,line,col,title}).flatMap(([name,value])=>value===void 0?[]:[`${name}=${escapeProperty(String(value))}`]);return`::${[level,properties.join(",")].join(" ").trimEnd()}::${escapeData(harmless(text))}`}function escapeData(text){return text.replaceAll("%","%25").replaceAll("\r","%0D").replaceAll(`
`,"%0A")}function escapeProperty(text){return escapeData(text).replaceAll(":","%3A").replaceAll(",","%2C")}export{renderAnnotation};
