#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{writeNamedFile}from"./chunk-5Z5DNZY4.js";import{BuildFailure,ChangedInputsError,ParentFailedError}from"./chunk-H65QICVY.js";import{harmlessJson}from"./chunk-HUWE3WTS.js";import{exitCodeOf}from"./chunk-MKMHPMIM.js";async function showRunResult(result,{json,metadataFile},io){let text=`${harmlessJson(result,2)}
`;metadataFile!==void 0&&await writeNamedFile(metadataFile,text,io),json&&io.out(text)}function runExitCode(errors){if(errors.length===0)return 0;let own=errors.filter(error=>!(error instanceof ParentFailedError));if(own.length===0)return 1;let codes=own.map(error=>isResult(error)?1:exitCodeOf(error));return codes.includes(70)?70:codes.every(code=>code===3)?3:1}function isResult(error){return error instanceof BuildFailure||error instanceof ChangedInputsError}export{showRunResult,runExitCode};
