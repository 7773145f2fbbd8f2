#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{systemCodeOf}from"./chunk-JD2DKJ6X.js";import{chmodSync,lstatSync,readdirSync,rmSync}from"node:fs";import{join}from"node:path";function removeTree(folder){try{rmSync(folder,{recursive:!0,force:!0})}catch(error){if(!["EACCES","EPERM","ENOTEMPTY"].includes(systemCodeOf(error)??""))throw error;makeWritable(folder),rmSync(folder,{recursive:!0,force:!0})}}function makeWritable(path){if(lstatSync(path,{throwIfNoEntry:!1})?.isDirectory()===!0){chmodSync(path,448);for(let name of readdirSync(path))makeWritable(join(path,name))}}export{removeTree};
