#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{findBuildWorkflows}from"./chunk-52NYTNW5.js";import"./chunk-VEO64ZXY.js";import"./chunk-N2M4VJ5Y.js";import"./chunk-ZJIPT3CT.js";import"./chunk-EXV7LHFL.js";import"./chunk-2XVWOBJU.js";import"./chunk-4O4KHNJW.js";import"./chunk-VMQPAMNW.js";import{count}from"./chunk-MOOGEGI6.js";import"./chunk-PR7IHQCN.js";import"./chunk-R433OJGJ.js";import"./chunk-3XXNCT2Z.js";import{gitAt,readGitFacts}from"./chunk-KLZK7I6F.js";import"./chunk-DHIO5UO4.js";import"./chunk-B6PIKLTL.js";import"./chunk-KHPQ2TBU.js";import"./chunk-Z5IO4EJA.js";import"./chunk-25OD65HE.js";import"./chunk-L5XVX7K4.js";import"./chunk-Y6J2EWTQ.js";import"./chunk-2HK3R5AI.js";import"./chunk-WKVUO4TZ.js";import"./chunk-PCE6RM2I.js";import"./chunk-2M7B3C7I.js";import"./chunk-DNN3ARCB.js";import"./chunk-JRVYLLYN.js";import"./chunk-L7A62FJL.js";import"./chunk-IM655SPD.js";import"./chunk-VKDBHG3M.js";import"./chunk-HUWE3WTS.js";import"./chunk-PBQ26HXO.js";import"./chunk-SQUO5ALQ.js";import{UsageError}from"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";import{readdir,stat,writeFile}from"node:fs/promises";import{basename,dirname,join,posix}from"node:path";function renderStarterConfig({repositoryUrl,dockerfiles}){let image=repositoryUrl===void 0?void 0:imageOf(repositoryUrl),variants=nameVariants(dockerfiles.length>0?dockerfiles:[{path:"Dockerfile",context:".",name:"core"}]);return`# The container images that this repository ships.
# Layerkeep's docs/config.md describes every key.

# Where caches and built images are stored between runs.
${image===void 0?`# Default: a registry on this machine.
# cache: ghcr.io/acme/app-cache`:`cache: ${image}-cache`}

# Where images are published, and with which tags (docker/metadata-action's rules).
${renderPublish(image,dockerfiles.length>1)}

# Shared by all variants.
defaults:
  platforms: [linux/amd64]  # add linux/arm64 for a second architecture

# One image each.
variants:
${variants.map(renderVariant).join("")}`}function renderPublish(image,several){let lines=`publish:
  repository: ${image??"ghcr.io/acme/app"}${several?"  # each variant's tags end with its name":""}
  tags:
    - type=ref,event=branch
    - type=semver,pattern={{version}}
`;return(image===void 0?lines.replaceAll(/^(?=.)/gm,"# "):lines).trimEnd()}function renderVariant({name,path,context}){let usual=context==="."?"Dockerfile":`${context}/Dockerfile`,dockerfile=path===usual?"":`    dockerfile: ${quoted(path)}
`;return`  ${quoted(name)}:
    context: ${quoted(context)}
${dockerfile}`}function nameVariants(dockerfiles){let taken=new Set;return dockerfiles.map(dockerfile=>{let base=dockerfile.name.replace(/[^A-Za-z0-9._-]+/g,"-").replace(/^[.-]+|[.-]+$/g,""),wanted=base===""?"app":base,name=wanted;for(let count2=2;taken.has(name);count2++)name=`${wanted}-${count2}`;return taken.add(name),{...dockerfile,name}})}function imageOf(url){let match=/^https?:\/\/([^/]+)\/(.+?)(?:\.git)?\/?$/.exec(url.toLowerCase()),[,host,path]=match??[];if(!(host===void 0||path===void 0)&&/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/.test(path)){if(host==="github.com")return`ghcr.io/${path}`;if(host==="gitlab.com")return`registry.gitlab.com/${path}`}}function quoted(text){return/^[A-Za-z0-9_./][A-Za-z0-9_./-]*$/.test(text)&&!/^(?:true|false|null|[\d.]*\d[\d.]*)$/i.test(text)?text:JSON.stringify(text)}var configName="layerkeep.yml";async function planStarter(io){let[git,dockerfiles]=await Promise.all([readGitFacts(gitAt(io.cwd,io)),findDockerfiles(io.cwd)]);return{text:renderStarterConfig({repositoryUrl:git?.remoteUrl,dockerfiles}),dockerfiles}}async function writeStarter({text,dockerfiles},{config,quiet,overwrite},io){let file=join(io.cwd,config??configName);try{await writeFile(file,text,{flag:overwrite?"w":"wx"})}catch(cause){throw await exists(file)?new UsageError(`${file} already exists`,{hint:"pass --force to overwrite it, or --stdout to print the config instead"}):new UsageError(`cannot write ${file}`,{cause})}quiet||io.out(`wrote ${configName} for ${count(dockerfiles.length,"Dockerfile")}. Run \`layerkeep plan\` to see what it builds
`)}async function noteWorkflows(io){let found=await findBuildWorkflows(io.cwd);if(found.length===0)return;let them=found.length===1?"it":"them";io.err(`note: ${found.join(", ")} may build images: \`layerkeep import github\` makes a config of ${them}
`)}var deepest=4,mostFolders=2e3,skippedFolders=new Set(["node_modules","vendor","dist","target","testdata"]);async function findDockerfiles(root){let found=[],queue=[{path:"",depth:0}],seen=0;for(let{path,depth}of queue){if(++seen>mostFolders)break;for(let entry of await readdir(join(root,path),{withFileTypes:!0})){let child=posix.join(path,entry.name);entry.isDirectory()?!(entry.name.startsWith(".")||skippedFolders.has(entry.name))&&depth<deepest&&queue.push({path:child,depth:depth+1}):isDockerfile(entry.name)&&found.push(child)}}return found.sort().map(path=>({path,context:dirname(path),name:nameOf(path)}))}function isDockerfile(name){return/^(?:Dockerfile|Containerfile)(?:\.[\w-]+)?$|^[\w-]+\.[Dd]ockerfile$/.test(name)&&!name.endsWith(".dockerignore")}function nameOf(path){let file=basename(path),extension=/^(?:Dockerfile|Containerfile)\.(.+)$/.exec(file)?.[1]??/^(.+)\.[Dd]ockerfile$/.exec(file)?.[1],folder=dirname(path);return[folder==="."?void 0:folder.replaceAll("/","-"),extension].filter(p=>p!==void 0).join("-")||"core"}async function exists(path){return stat(path).then(()=>!0,()=>!1)}export{noteWorkflows,planStarter,writeStarter};
