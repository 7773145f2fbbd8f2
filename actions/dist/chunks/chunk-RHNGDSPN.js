#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{count}from"./chunk-AYPS3J66.js";function formatAge(time,now){let minutes=Math.floor((now.getTime()-Date.parse(time))/6e4);if(!(minutes>=0))return time;if(minutes===0)return"just now";if(minutes<60)return`${count(minutes,"minute")} ago`;let hours=Math.floor(minutes/60);return hours<48?`${count(hours,"hour")} ago`:`${count(Math.floor(hours/24),"day")} ago`}function formatMinute(time){return time.slice(0,16).replace("T"," ")}export{formatAge,formatMinute};
