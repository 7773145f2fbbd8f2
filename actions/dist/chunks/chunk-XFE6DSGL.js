#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{formatBytes,renderTable}from"./chunk-MI4B5VF7.js";import{count}from"./chunk-AYPS3J66.js";function renderCollected(collected,page={}){let columns=[{head:"REPOSITORY"},{head:"MANIFESTS",right:!0},{head:"BLOBS",right:!0},{head:"SIZE",right:!0}],rows=collected.map(({repository,manifests,blobs,bytes})=>[repository,String(manifests.length),String(blobs.length),formatBytes(bytes)]);return`${renderTable(columns,rows,page)}
`}function summariseCollected(collected,verb){if(collected.length===0)return verb==="deleted"?"nothing deleted":"nothing to delete";let sum=of=>collected.reduce((total,one)=>total+of(one),0),manifests=count(sum(one=>one.manifests.length),"manifest"),blobs=count(sum(one=>one.blobs.length),"blob");return`${verb} ${manifests} and ${blobs}, ${formatBytes(sum(({bytes})=>bytes))}`}function renderCollectedEntry(one,format,time){let{repository,manifests,blobs,bytes}=one,at=time.toISOString();if(format==="text")return`${at} ${repository}: ${summariseCollected([one],"deleted")}
`;let collected={repository,manifests,blobs:blobs.length,bytes};return`${JSON.stringify({time:at,level:"info",collected})}
`}export{renderCollected,summariseCollected,renderCollectedEntry};
