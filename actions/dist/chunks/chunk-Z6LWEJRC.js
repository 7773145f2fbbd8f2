#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function epochOf(every,now){switch(every){case"week":{let{year,week}=isoWeekOf(now);return`${pad(year,4)}-W${pad(week,2)}`}case"day":return now.toISOString().slice(0,10);case"hour":return now.toISOString().slice(0,13)}}function isoWeekOf(date){let midnight=Date.UTC(date.getUTCFullYear(),date.getUTCMonth(),date.getUTCDate()),daysSinceMonday=(date.getUTCDay()+6)%7,thursday=midnight+(3-daysSinceMonday)*dayMs,year=new Date(thursday).getUTCFullYear(),week=1+Math.floor((thursday-Date.UTC(year,0,1))/(7*dayMs));return{year,week}}var dayMs=864e5;function pad(value,width){return String(value).padStart(width,"0")}export{epochOf,isoWeekOf};
