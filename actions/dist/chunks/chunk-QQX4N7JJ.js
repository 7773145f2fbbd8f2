#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{renderAnnotation}from"./chunk-BJACGCZY.js";import{LayerkeepError,UsageError}from"./chunk-MKMHPMIM.js";import{isAbsolute,relative}from"node:path";function annotate(level,text,{env,draw},place){if(env.GITHUB_ACTIONS!=="true")return;let inWorkspace=place?.file===void 0?place:{...place,file:fromWorkspace(place.file,env)};draw(`${renderAnnotation(level,text,inWorkspace)}
`)}function annotateError(error,io){for(let{text,place}of messagesOf(error))annotate("error",text,io,place)}function messagesOf(error){if(!(error instanceof LayerkeepError))return[{text:`this is a bug in layerkeep; please report it with the text below
${error instanceof Error?error.stack??error.message:String(error)}`}];let problems=error instanceof UsageError?error.problems:[];return problems.some(({file})=>file!==void 0)?problems.map(({message,hint,file,line,column})=>({text:withHint(message,hint??error.hint),place:{file,line,col:column}})):[{text:withHint(error.message,error.hint)}]}function withHint(text,hint){return hint===void 0?text:`${text}
hint: ${hint}`}function fromWorkspace(file,env){let workspace=env.GITHUB_WORKSPACE??"";return workspace===""||!isAbsolute(file)?file:relative(workspace,file)}export{annotate,annotateError,fromWorkspace};
