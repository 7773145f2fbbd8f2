#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{writeFrom}from"./chunk-B4W6NDFY.js";import{openWriting}from"./chunk-BYLB7OEG.js";import{__callDispose,__using}from"./chunk-EAORCH75.js";async function writeMade({from,to},make,{force,...options},io){var _stack=[];try{let opened=__using(_stack,await openWriting(from,to,options,io),!0);return await writeFrom(opened.sources,opened.target,make,{force,signal:io.signal})}catch(_){var _error=_,_hasError=!0}finally{var _promise=__callDispose(_stack,_error,_hasError);_promise&&await _promise}}export{writeMade};
