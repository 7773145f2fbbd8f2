#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{version}from"./chunk-JJZKLOPB.js";var topics=["actions","cache","cache-mounts","cache-repository","ci","ci-gitlab","command-line","config","design","directories","embedded-registry","engine","environment","errors","explain","images-on-images","install","lint","logs","migrate","plan","previews","progress","publishing","registry","selecting","soundness","trust","watch"];function docsPage(topic){return`https://github.com/layerkeep/layerkeep/blob/${version==="0.0.0-dev"?"main":`v${version}`}/docs/${topic}.md`}export{topics,docsPage};
