#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{version}from"./chunks/chunk-QIZD4QY2.js";import{runProcess}from"./chunks/chunk-XI7VUGIR.js";import{harmlessOutput}from"./chunks/chunk-CJ4YEKXN.js";import"./chunks/chunk-HUWE3WTS.js";import{LayerkeepError,messageOf}from"./chunks/chunk-MKMHPMIM.js";import"./chunks/chunk-EAORCH75.js";import{addAbortSignal}from"node:stream";var stopMs=25e3;process.exitCode=await runProcess(run,{createIo,printError,stopMs});async function run(io){let argv=process.argv.slice(2);if(argv.length===1&&(argv[0]==="--version"||argv[0]==="-V"))return io.out(`${version}
`),0;let{runProgram}=await import("./chunks/create-program-BVRU47E4.js");return runProgram(argv,io)}function createIo(signal){let{env,stdout,stderr}=process,plain=(env.NO_COLOR??"")!==""||process.argv.includes("--no-color");return{env,cwd:process.cwd(),stdin:()=>addAbortSignal(signal,process.stdin),...harmlessOutput(text=>{stdout.write(text)},text=>{stderr.write(text)}),columns:()=>stderr.isTTY&&env.TERM!=="dumb"?stderr.columns:void 0,colour:stderr.isTTY&&!plain,now:()=>new Date,signal}}function printError(error,{err,draw,colour,signal}){if(signal.aborted){err(`${messageOf(error)}
`);return}if(colour&&draw("\x1B[31m"),err("error:"),colour&&draw("\x1B[0m"),!(error instanceof LayerkeepError)){let stack=error instanceof Error?error.stack:String(error);err(` this is a bug in Layerkeep; please report it with the text below
${stack??""}
`);return}let hint=error.hint===void 0?"":`hint: ${error.hint}
`;err(` ${error.message}
${hint}`)}
