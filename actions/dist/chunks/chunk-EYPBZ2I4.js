#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{askGit,runGit}from"./chunk-DJMVAZNB.js";var mostOutput=64<<20;function findCheckoutRoot(git){return askGit(git,["rev-parse","--show-toplevel"])}async function listFiles(git){let result=await runGit(git,["ls-files",...["-z","--cached","--others","--exclude-standard"]],void 0,mostOutput);return result?.exitCode!==0?new Set:new Set(result.stdout.split("\0").filter(path=>path!==""))}export{findCheckoutRoot,listFiles};
