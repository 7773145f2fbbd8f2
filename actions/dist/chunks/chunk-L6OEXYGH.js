#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function parseStepName(name){let[,inside="",instruction]=/^\[([^\]]*)\] (.*)$/s.exec(name)??[];if(instruction===void 0)return;let words=inside.split(" "),[,number]=/^(\d+)\/\d+$/.exec(words.pop()??"")??[];if(number===void 0)return;let text=instruction.replace(/\s+/g," ").trim();return{stage:words.findLast(word=>word!==""&&!word.includes("/"))??"",number:Number(number),keyword:(text.split(" ",1)[0]??"").toUpperCase(),text}}export{parseStepName};
