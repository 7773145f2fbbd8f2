#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{version}from"./chunk-JJZKLOPB.js";import{join,relative,sep}from"node:path";function regionOf({file,start,end},root,cwd){let[from,to]=[file.placeOf(start),file.placeOf(end)];return{file:shownPath(file.path,root,cwd),...from,endLine:to.line,endColumn:to.column}}function shownPath(path,root,cwd){return path.startsWith("<")?path:relative(cwd,join(root,path)).replaceAll(sep,"/")}function rulePage(id){return`https://github.com/layerkeep/layerkeep/blob/${version==="0.0.0-dev"?"main":`v${version}`}/docs/lint/${id}.md`}export{regionOf,shownPath,rulePage};
