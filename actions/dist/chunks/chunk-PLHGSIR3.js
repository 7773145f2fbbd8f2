#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{emitEvent}from"./chunk-Y6WEK6T4.js";import{styled}from"./chunk-DC2G643Q.js";import{harmlessJson}from"./chunk-62VJYGLT.js";import{LayerkeepError,UsageError,exitCodeOf,messageOf}from"./chunk-JD2DKJ6X.js";function asksForJson(argv){let end=argv.indexOf("--");return(end===-1?argv:argv.slice(0,end)).includes("--json")}function printError(error,json,io,interruptedCode){let isInterrupted=io.signal.aborted,asJson=()=>jsonOf(error,isInterrupted?interruptedCode:void 0);io.progress==="rawjson"?emitEvent(io,{type:"error",...asJson()}):json?io.err(`${harmlessJson(asJson())}
`):isInterrupted?io.err(`${messageOf(error)}
`):printText(error,io)}function jsonOf(error,interrupted){let message=messageOf(error);if(interrupted!==void 0)return{error:message,hint:null,code:"interrupted",exitCode:interrupted};let exitCode=exitCodeOf(error);if(!(error instanceof LayerkeepError)){let{stack}=error instanceof Error?error:{};return{error:message,hint:"this is a bug in Layerkeep; please report it with the stack",code:"bug",exitCode,...stack===void 0?{}:{stack}}}let{hint=null,code}=error,problems=error instanceof UsageError?error.problems:[],isPlaced=problems.some(({file})=>file!==void 0);return{error:message,hint,code,exitCode,...isPlaced?{problems}:{}}}function printText(error,{err}){let head=styled("red","error:");if(!(error instanceof LayerkeepError)){let stack=error instanceof Error?error.stack:String(error);err(`${head} this is a bug in Layerkeep; please report it with the text below
${stack??""}
`);return}let hint=error.hint===void 0?"":`hint: ${error.hint}
`;err(`${head} ${error.message}
${hint}`)}export{asksForJson,printError};
