#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{UsageError}from"./chunk-JD2DKJ6X.js";async function readStdin(io,largest){let bytes=await readStdinBytes(io,largest);try{return new TextDecoder("utf-8",{fatal:!0}).decode(bytes)}catch(cause){throw new UsageError("standard input is not UTF-8 text",{cause})}}async function readStdinBytes({stdin},largest){let chunks=[],length=0;for await(let chunk of stdin()){if(length+=chunk.length,length>largest)throw new UsageError(`standard input is larger than ${largest/(1<<20)} MiB`);chunks.push(chunk)}return Buffer.concat(chunks)}export{readStdin,readStdinBytes};
