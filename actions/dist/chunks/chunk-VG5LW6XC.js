#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{restoreForJob}from"./chunk-J6CNPHFR.js";import{askedToSave,restoreInputs}from"./chunk-YWYJR3FR.js";import{saveState}from"./chunk-HEQ3X7OE.js";var stateName="layerkeep-dir";var dirInputs=[...restoreInputs,"allow-empty"],dirAction={inputs:dirInputs,async act(inputs,io){let asked=askedToSave(inputs),keys=new Map,{exitCode,isHit}=await restoreForJob(inputs,io,keys),isDone=inputs.boolean("lookup-only")&&isHit,state={asked,keys:[...keys],isDone};return saveState(stateName,JSON.stringify(state)),exitCode}};export{stateName,dirInputs,dirAction};
