#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{parseReference}from"./chunk-HT3QGB3D.js";function familiarName(text){let reference;try{reference=parseReference(text)}catch{return text}let{host,path,tag,digest}=reference,library=path.startsWith("library/")&&path.indexOf("/",8)<0,name=host!=="docker.io"?`${host}/${path}`:library?path.slice(8):path,tagged=tag===void 0||tag==="latest"&&digest===void 0?"":`:${tag}`;return`${name}${tagged}${digest===void 0?"":`@${digest}`}`}export{familiarName};
