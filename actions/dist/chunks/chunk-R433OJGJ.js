#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
async function eachAtOnce(items,count,task){let queue=[...items].values(),failed=!1,worker=async()=>{for(let item of queue){if(failed)return;try{await task(item)}catch(error){throw failed=!0,error}}},done=await Promise.allSettled(Array.from({length:count},worker));for(let one of done)if(one.status==="rejected")throw one.reason}export{eachAtOnce};
