#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import"./chunk-EAORCH75.js";function gcRules({disk,minFree}){let most={most:disk,...minFree===void 0?{}:{minFree}},cheap={unusedHours:48,reserved:Math.floor(disk/20)};return[{type:"source.local",...cheap},{type:"source.git.checkout",...cheap},{unusedHours:1440,reserved:Math.floor(disk/4)},{reserved:Math.floor(disk/4),...most},{reserved:Math.floor(disk/4),...most,all:!0}]}function renderBuildkitToml(budget){return`[worker.oci]
  gc = true
${gcRules(budget).map(rule=>["  [[worker.oci.gcpolicy]]",...rule.all===!0?["    all = true"]:[],...rule.type===void 0?[]:[`    filters = ["type==${rule.type}"]`],...rule.unusedHours===void 0?[]:[`    keepDuration = "${rule.unusedHours}h"`],`    reservedSpace = ${rule.reserved}`,...rule.most===void 0?[]:[`    maxUsedSpace = ${rule.most}`],...rule.minFree===void 0?[]:[`    minFreeSpace = ${rule.minFree}`]].join(`
`)).join(`
`)}
`}function renderDaemonJson(budget){let policy=gcRules(budget).map(rule=>({...rule.all===!0?{all:!0}:{},...filterOf(rule),reservedSpace:String(rule.reserved),...rule.most===void 0?{}:{maxUsedSpace:String(rule.most)},...rule.minFree===void 0?{}:{minFreeSpace:String(rule.minFree)}}));return`${JSON.stringify({builder:{gc:{enabled:!0,policy}}},null,2)}
`}function filterOf({type,unusedHours}){let filter=[...unusedHours===void 0?[]:[`unused-for=${unusedHours}h`],...type===void 0?[]:[`type=${type}`]];return filter.length===0?{}:{filter}}export{renderBuildkitToml,renderDaemonJson};
