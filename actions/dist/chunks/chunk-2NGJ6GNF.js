#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{mediaTypes}from"./chunk-RJWSSUDQ.js";var emptyContent=Buffer.from("{}"),emptyDescriptor={mediaType:mediaTypes.ociEmpty,digest:"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",size:2};function renderArtifact({artifactType,layers=[emptyDescriptor],annotations}){let content={schemaVersion:2,mediaType:mediaTypes.ociManifest,artifactType,config:emptyDescriptor,layers,...annotations===void 0?{}:{annotations}};return{bytes:Buffer.from(JSON.stringify(content)),mediaType:mediaTypes.ociManifest}}export{emptyContent,emptyDescriptor,renderArtifact};
