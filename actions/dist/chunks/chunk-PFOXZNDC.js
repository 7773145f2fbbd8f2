#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{timed,withLogins}from"./chunk-YWYJR3FR.js";import{configOptionsOf}from"./chunk-QWEJBECY.js";import{endGroup,startGroup}from"./chunk-HEQ3X7OE.js";import{__callDispose,__using}from"./chunk-EAORCH75.js";async function saveForJob(asked,inputs,job,keys=new Map){var _stack=[];try{let{openDirs}=await import("./open-dirs-4VBJJNQ6.js");let{saveRequested}=await import("./save-requested-R54I546S.js");let io=timed({...job,env:await withLogins(inputs,job.env)});let dirs=__using(_stack,await openDirs(configOptionsOf(inputs),io,"write",keys),!0);let allowEmpty=inputs.boolean("allow-empty");startGroup("layerkeep dir save");let{refused,done}=await saveRequested({asked,allowEmpty},dirs,io).finally(endGroup);for(let text of refused)io.out(`${text}
`);for(let{text}of refused.length>0?[]:done)io.out(`${text}
`)}catch(_){var _error=_,_hasError=!0}finally{var _promise=__callDispose(_stack,_error,_hasError);_promise&&await _promise}}export{saveForJob};
