#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{UsageError}from"./chunk-JD2DKJ6X.js";import{spawn}from"node:child_process";function runWith([file="",...args],variables,{env,cwd,signal}){return new Promise((resolve,reject)=>{let child=spawn(file,args,{cwd,env:{...env,...variables},stdio:"inherit"}),stop=()=>{child.kill("SIGTERM")};signal.aborted&&stop(),signal.addEventListener("abort",stop,{once:!0}),child.once("error",cause=>{let hint="after `--`, pass a program that is in PATH";reject(new UsageError(`cannot run ${file}: ${cause.message}`,{cause,hint}))}),child.once("close",code=>{signal.removeEventListener("abort",stop),resolve(code??1)})})}export{runWith};
