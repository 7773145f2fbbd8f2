#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{execOk}from"./chunk-AG3LCXFF.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";async function engineRootOf({env,signal},exec){return(await execOk(exec,["docker","info","--format","{{.DockerRootDir}}"],{env,purpose:"asking Docker where it keeps its data",signal,timeout:6e4})).trim()}export{engineRootOf};
