var xt;function es(e){xt=e}var y=e=>e==null?"–":new Intl.NumberFormat().format(e);function ge(e,t){return t?e===t?100:e>0?Math.min(99,Math.max(1,Math.round(e*100/t))):0:0}function D(e){return e?new Intl.DateTimeFormat(void 0,{dateStyle:"medium",timeStyle:"short"}).format(new Date(e)):"–"}function ts(e){let t=new Intl.DateTimeFormat(void 0,{dateStyle:"long",timeStyle:"short"});return e&&t.format(new Date(e))}var yt=(e,t,s)=>new Intl.NumberFormat(xt,{style:"unit",unit:t,...s}).format(e),wo=[["day",86400],["hour",3600],["minute",60],["second",1]];function R(e){let t=Math.max(0,Math.round(e)),s=[];for(let[o,r]of wo){let i=Math.floor(t/r);if(t-=i*r,i>0&&s.push(yt(i,o,{unitDisplay:"long"})),s.length===2||s.length===1&&i===0)break}return s.length===0?yt(0,"second",{unitDisplay:"long"}):new Intl.ListFormat(xt,{type:"unit"}).format(s)}var ko={h:3600,m:60,s:1,ms:.001};function B(e){let t=0;for(let[,s,o]of String(e??"").matchAll(/([\d.]+)(h|ms|m|s)/g))t+=s*ko[o];return t}var jt=[["gigabyte",1e9],["megabyte",1e6],["kilobyte",1e3],["byte",1]];function Ge(e){let[t,s]=jt.find(([,r])=>e>=r)??jt.at(-1),o={style:"unit",unit:t,maximumFractionDigits:1};return new Intl.NumberFormat(void 0,o).format(e/s)}function wt(e){let[t,s]=jt.slice(0,2).find(([,o])=>e>=o)??["kilobyte",1024];return yt(Math.floor(e*10/s)/10,t,{maximumFractionDigits:1})}function Ve(e){let[,t,s]=/^Etc\/GMT([+-])([1-9]\d?)$/.exec(e??"")??[];return t?`UTC${t==="-"?"+":"-"}${s}`:e}var Ke={},ss,os=!1;function ns(e,t,s="ltr"){Ke=e,ss=new Intl.PluralRules(t),os=s==="rtl"}var n=(e,t)=>rs(Ke[e]??"",t);function k(e,t,s={}){let o=Ke[`${e}_${ss.select(t)}`]??Ke[`${e}_other`];return rs((o??"").replaceAll("{count}",y(t)),s)}function rs(e,t={}){let s=(o,r)=>{let i=t[r]??"–";return os&&o!==e?So(i):i};return e.replace(/\{(\w+)\}/g,s)}var So=e=>`⁨${e}⁩`;function is(){let{lang:e,dir:t}=document.documentElement;es(e),ns(globalThis.texts??Oo(),e,t),document.querySelector(".late").remove()}function Oo(){let e=document.getElementById("messages").content.children;return Object.fromEntries([...e].map(t=>[t.dataset.name,t.textContent]))}var as=()=>document.querySelector("meta[name=application-name]").content;var Co=2e4,Qe=class extends Error{},Ze=class extends Error{constructor({status:t,body:s,until:o}){super(s?.error?.message??""),this.status=t,this.until=o,this.code=s?.error?.code??"",this.fields=s?.error?.fields??[]}};async function kt(e,t,s,o={}){let r=s&&{body:JSON.stringify(s),headers:{"Content-Type":"application/json",...o}};try{let i=await fetch(t,{method:e,signal:AbortSignal.timeout(Co),...r}),c=i.headers.get("Retry-After");return{status:i.status,body:Po(await i.text()),seconds:Number(c),until:c&&ts(Date.now()+c*1e3)}}catch{throw new Qe}}function Po(e){try{return JSON.parse(e)}catch{return null}}async function E(e,t,s,o){let r=await kt(e,t,s,o);if(r.status===401)return Do();let i=r.body===null&&r.status!==204;if(r.status>=400||i)throw new Ze(r);return r}async function Z(e,t={}){let s=Object.entries(t).filter(([,i])=>i!==""&&i!=null),o=s.length?`${e}?${new URLSearchParams(s)}`:e,{body:r}=await E("GET",o);return r}function Do(){return location.assign(`/sign-in?then=${encodeURIComponent(location.pathname+location.search)}`),new Promise(()=>{})}function Ce(){return crypto.randomUUID?crypto.randomUUID():[...crypto.getRandomValues(new Uint8Array(16))].map(t=>t.toString(16).padStart(2,"0")).join("")}function St(e){return e instanceof Qe?n("unreachable"):e.status===429&&e.until?n("too_many",e):n("failed")}function cs(e){let t=n(`console.error_${e.code}`);return t?[t]:e.fields?.length?e.fields.map(s=>s.message):!(e instanceof Ze)||e.status===429&&e.until?[St(e)]:[e.message&&e.status<500?e.message:n("failed")]}var z={get(e){try{return JSON.parse(sessionStorage.getItem(e))}catch{return null}},set(e,t){try{sessionStorage.setItem(e,JSON.stringify(t))}catch{}}};var Pe=(e,t)=>t==null?"–":n(`records.${e}_${t.replaceAll("-","_")}`)||t,ce=e=>[e.first_name,e.last_name].filter(Boolean).join(" ");function J(e){let t=document.createElement("p");t.textContent=e,document.getElementById("toasts").append(t),setTimeout(()=>t.remove(),7e3)}function us(){document.getElementById("sign-out").addEventListener("click",To);let e=z.get("user");e&&ls(e),E("GET","/api/session").then(({body:t})=>ls(t.user),()=>{})}function ls(e){z.set("user",e),document.getElementById("who").textContent=ce(e)||e.username}async function To(){try{let e=await kt("POST","/api/sign-out",{});if(e.status!==204&&e.status!==401)throw e;z.set("user",null),location.assign("/sign-in")}catch(e){J(St(e))}}function ds(e){let[,t,s]=e.split("/");for(let o of document.querySelectorAll("header nav a"))o.getAttribute("href")!==`/${t}`?o.removeAttribute("aria-current"):o.setAttribute("aria-current",s?"true":"page")}/*! HTM 3.1.1, https://github.com/developit/htm, Copyright 2018 Google Inc., Apache-2.0: see vendor/LICENSES.txt */var fs=function(e,t,s,o){var r;t[0]=0;for(var i=1;i<t.length;i++){var c=t[i++],l=t[i]?(t[0]|=c?1:2,s[t[i++]]):t[++i];c===3?o[0]=l:c===4?o[1]=Object.assign(o[1]||{},l):c===5?(o[1]=o[1]||{})[t[++i]]=l:c===6?o[1][t[++i]]+=l+"":c?(r=e.apply(l,fs(e,l,s,["",null])),o.push(r),l[0]?t[0]|=2:(t[i-2]=0,t[i]=r)):o.push(l)}return o},ms=new Map;function $s(e){var t=ms.get(this);return t||(t=new Map,ms.set(this,t)),(t=fs(this,t.get(e)||(t.set(e,t=(function(s){for(var o,r,i=1,c="",l="",u=[0],f=function(_){i===1&&(_||(c=c.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?u.push(0,_,c):i===3&&(_||c)?(u.push(3,_,c),i=2):i===2&&c==="..."&&_?u.push(4,_,0):i===2&&c&&!_?u.push(5,0,!0,c):i>=5&&((c||!_&&i===5)&&(u.push(i,0,c,r),i=6),_&&(u.push(i,_,0,r),i=6)),c=""},m=0;m<s.length;m++){m&&(i===1&&f(),f(m));for(var $=0;$<s[m].length;$++)o=s[m][$],i===1?o==="<"?(f(),u=[u],i=3):c+=o:i===4?c==="--"&&o===">"?(i=1,c=""):c=o+c[0]:l?o===l?l="":c+=o:o==='"'||o==="'"?l=o:o===">"?(f(),i=1):i&&(o==="="?(i=5,r=c,c=""):o==="/"&&(i<5||s[m][$+1]===">")?(f(),i===3&&(u=u[0]),i=u,(u=u[0]).push(2,0,i),i=0):o===" "||o==="	"||o===`
`||o==="\r"?(f(),i=2):c+=o),i===3&&c==="!--"&&(i=4,u=u[0])}return f(),u})(e)),t),arguments,[])).length>1?t:t[0]}/*! Preact 11.2.0, https://preactjs.com, (c) 2015-present Jason Miller, MIT: see vendor/LICENSES.txt */var q,bs,Eo,me,Ot,st,hs,Ye,gs,Pt,Ct,qo,Re=Symbol.for("pv"),ot={},nt=[],Lo=/^m(i|n|o|s|text|space)$/,Dt=Array.isArray,Tt=nt.slice,ye=Object.assign;function ve(e){e&&e.parentNode&&e.remove()}function vs(e,t,s){var o,r,i,c={},l=arguments.length;for(i in t)i=="key"?o=t[i]:i=="ref"&&typeof e!="function"?r=t[i]:c[i]=t[i];return l>2&&(c.children=l>3?Tt.call(arguments,2):s),Ne(e,c,o,r,null)}function Ne(e,t,s,o,r){var i={type:e,props:t,key:s,ref:o,__k:null,__:null,__b:0,__e:null,__c:null,constructor:Re,__v:r||++bs,__i:-1,__u:0};return!r&&q.vnode&&q.vnode(i),i}function rt(e){return e.children}function et(e,t){this.props=e,this.context=t,this.__g=0}function fe(e,t){if(t==null)return e.__&&fe(e.__,e.__i+1);for(var s;t<e.__k.length;t++)if((s=e.__k[t])&&s.__e)return s.__e;return typeof e.type!="function"||e.props.__P?null:fe(e)}function Ao(e){var t,s=e.__v,o=s.__e,r=[],i=[],c=e.__P;c&&((t=ye({constructor:Re},s)).__v=s.__v+1,q.vnode&&q.vnode(t),Et(c,t,s,e.__n,c.namespaceURI,32&s.__u?[o]:null,r,o||fe(s),32&s.__u,i),t.__v=s.__v,t.__.__k[t.__i]=t,Ss(r,t,i),s.__=s.__e=null,t.__e!=o&&ys(t))}function ys(e){if((e=e.__)&&e.__c&&!e.props.__P)return e.__e=null,e.__k.some(function(t){return t&&(e.__e=t.__e)}),ys(e)}function ps(e){(8&e.__g||(e.__g|=8,me.push(e),st++))&&Ot==q.debounceRendering||((Ot=q.debounceRendering)||queueMicrotask)(js)}function js(){try{for(var e,t=1;me.length;)me.length>t&&me.sort(hs),e=me.shift(),t=me.length,8&e.__g&&Ao(e)}finally{(st=me.length)&&(Ot||queueMicrotask)(js)}}function xs(e,t,s,o,r,i,c,l,u,f,m){var $,_,d,p,v,j,S=o.__k||nt,h=t.length;for(u=Mo(s,t,S,u,h),$=0;$<h;$++)(d=s.__k[$])!=null&&(_=~d.__i&&S[d.__i]||ot,d.__i=$,j=Et(e,d,_,r,i,c,l,u,f,m),p=d.__e,(_.ref!=d.ref||8&_.__u)&&(_.ref&&qt(_.ref,null,d,_),d.ref&&m.push(d.ref,d.__c||p,d)),v=v||p,4&d.__u?(u=ws(d,u,e,!_.__v),_.__e&&(_.__e=null)):typeof d.type=="function"&&j!==void 0?u=j:p&&(u=p.nextSibling),d.__u&=-21);return s.__e=v,u}function Mo(e,t,s,o,r){var i,c,l,u,f,m,$,_,d,p=s.length,v=p,j=0,S=0,h=e.__k=Array(r);for(i=0;i<r;i++)(c=t[i])!=null&&typeof c!="boolean"&&typeof c!="function"?(typeof c!="object"||c.constructor===String?c=h[i]=Ne(null,c):Dt(c)?c=h[i]=Ne(rt,{children:c}):c.constructor===Re&&c.__b?c=h[i]=Ne(c.type,c.props,c.key,c.ref,c.__v):h[i]=c,u=i+j,c.__=e,c.__b=e.__b+1,l=null,~(f=c.__i=Fo(c,s,u,v))&&(v--,(l=s[f])&&(l.__u|=2)),l&&l.__v?(c.__u|=16,f==u-1?j--:f==u+1?j++:f!=u&&(f>u?j--:j++,S=1)):(~f||(r>p?j--:r<p&&j++),typeof c.type!="function"&&(c.__u|=4))):h[i]=null;if(S){for(m=[],$=[],i=0;i<r;i++)if((c=h[i])&&16&c.__u){for(j=0,_=m.length;j<_;)m[d=j+_>>1]<c.__i?j=d+1:_=d;m[j]=c.__i,$[i]=j+1}for(j=m.length;i--;)$[i]&&($[i]==j?j--:h[i].__u|=4)}if(v)for(i=0;i<p;i++)!(l=s[i])||2&l.__u||(l.__e==o&&(o=fe(l)),Lt(l,l));return o}function ws(e,t,s,o){var r,i,c,l;if(typeof e.type=="function"){if(e.props.__P)return t;if(r=e.__k)for(i=0;i<r.length;i++)r[i]&&(r[i].__=e,t=ws(r[i],t,s,!1));return t}for(t&&!t.parentNode&&(t=fe(e))&&!t.parentNode&&(t=null),c=e.__e,l=t;l&&l.nodeType==8;)l=l.nextSibling;for(c!=l&&(!o&&s.moveBefore&&c.parentNode?s.moveBefore(c,t):s.insertBefore(c,t||null)),t=c;(t=t&&t.nextSibling)&&t.nodeType==8&&!t.data.startsWith("$s"););return t}function Fo(e,t,s,o){var r,i=e.key,c=e.type,l=t[s],u=l&&!(2&l.__u);if(l===null&&i==null||u&&i==l.key&&c==l.type)return s;if(o>(u?1:0)){for(r=s-1;r>=0;r--)if((l=t[r])&&!(2&l.__u)&&i==l.key&&c==l.type)return r;for(r=s+1;r<t.length;r++)if((l=t[r])&&!(2&l.__u)&&i==l.key&&c==l.type)return r}return-1}function _s(e,t,s){s==null&&(s=""),t[0]=="-"?e.setProperty(t,s):e[t]=s}function Xe(e,t,s,o,r){var i,c;if(t=="style")if(typeof s=="string")e.style.cssText=s;else{if(typeof o=="string"&&(e.style.cssText=o=""),o)for(t in o)s&&t in s||_s(e.style,t);if(s)for(t in s)o&&s[t]==o[t]||_s(e.style,t,s[t])}else if(t[0]=="o"&&t[1]=="n")typeof s!="function"&&(s=null),typeof o!="function"&&(o=null),(e.__e||(e.__e={}))[t]=s,s&&o||(c=Ct[t]||(Ct[t]=Io(t)),(e.__a||(e.__a={}))[t]=Pt,i=t!=(t=t.replace(gs,"$1")),(t=t.slice(2))[0]<"a"&&(t=t.toLowerCase()),s?e.addEventListener(t,c,i):e.removeEventListener(t,c,i));else{if(r=="http://www.w3.org/2000/svg")t=t.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(t!="width"&&t!="height"&&t!="href"&&t!="list"&&t!="form"&&t!="tabIndex"&&t!="download"&&t!="rowSpan"&&t!="colSpan"&&t!="role"&&t!="popover"&&t in e)try{return void(e[t]=s??"")}catch{}if(typeof s=="function")return;s==null||s===!1&&t[4]!="-"?e.removeAttribute(t):e.setAttribute(t,t=="popover"&&s==1?"":s)}}function Io(e){return function(t){var s=this.__e;if(s){if(s=s[e],t[Ye]==null)t[Ye]=Pt++;else if(t[Ye]<this.__a[e])return;return s(q.event?q.event(t):t)}}}function Et(e,t,s,o,r,i,c,l,u,f){var m,$,_,d,p,v,j,S,h,P,g,I,te,N,ie,Yt,de,he,ae=t.type;if(t.constructor!==Re)return null;128&s.__u&&(u=32&s.__u,m=s.__c.__z)&&(t.__u|=u,$=i=[],m.nodeType==8?l=tt(m,i):i.push(m),l=i[0]||l),(m=q.__b)&&m(t);e:if(typeof ae=="function"){_=c.length;try{if(S=t.props,h=(m=ae.prototype)&&m.render,P=(m=ae.contextType)&&o[m.__c],g=m?P?P.props.value:m.__:o,(d=s.__c)?(t.__c=d,2&d.__g&&(d.__g|=1)):(h?t.__c=d=new ae(S,g):(t.__c=d=new et(S,g),d.constructor=ae,d.render=Ro),P&&P.sub(d),d.state||(d.state={}),d.__n=o,d.__g|=8,d.__h=[],d.__k=[]),h&&(d.__s||(d.__s=d.state),ae.getDerivedStateFromProps&&(d.__s==d.state&&(d.__s=ye({},d.__s)),ye(d.__s,ae.getDerivedStateFromProps(S,d.__s)))),p=d.props,v=d.state,d.__v=t,s.__c){if(S!==p&&h&&!ae.getDerivedStateFromProps&&d.componentWillReceiveProps&&d.componentWillReceiveProps(S,g),t.__v==s.__v&&!(8&d.__g)||!(4&d.__g)&&d.shouldComponentUpdate&&d.shouldComponentUpdate(S,d.__s,g)===!1){t.__v!=s.__v&&(d.props=S,d.state=d.__s,d.__g&=-9),t.__e=s.__e,t.__k=s.__k,t.__k.some(function(se){se&&(se.__=t)}),nt.push.apply(d.__h,d.__k),d.__k=[],d.__h.length&&c.push(d),l=fe(s);break e}d.componentWillUpdate&&d.componentWillUpdate(S,d.__s,g),h&&d.componentDidUpdate&&d.__h.push(function(){d.componentDidUpdate(p,v,j)})}else h&&!ae.getDerivedStateFromProps&&d.componentWillMount&&d.componentWillMount(),h&&d.componentDidMount&&d.__h.push(d.componentDidMount);d.context=g,d.props=S,d.__P=e,d.__g&=-5,I=q.__r,te=h?25:0;do d.__g&=-9,I&&I(t),m=d.render(d.props,d.state=d.__s,d.context);while(8&d.__g&&++te<25);h&&(nt.push.apply(d.__h,d.__k),d.__k=[]),d.state=d.__s,d.getChildContext&&(o=ye({},o,d.getChildContext())),h&&s.__c&&d.getSnapshotBeforeUpdate&&(j=d.getSnapshotBeforeUpdate(p,v)),N=m&&m.type===rt&&m.key==null?m.props.children:m,S.__P&&(m=l,r=(e=S.__P).namespaceURI,u=i=null,s.props&&s.props.__P!=e&&(s.__k.some(function(se){se&&Lt(se,se)}),s.__k=null),l=s.__k?fe(s,0):null),l=xs(e,Dt(N)?N:[N],t,s,o,r,i,c,l,u,f),S.__P&&(t.__e=null,l=m),t.__u&=-161,$&&$.some(ve),d.__h.length&&c.push(d),1&d.__g&&(d.__g&=-4)}catch(se){if(c.length=_,t.__v=null,u||i)if(se&&se.then){if(t.__u|=128|u,i){for(~(de=i.indexOf(l||void 0))||(de=i.length);(he=i[de-1])&&he.nodeType==8;)de--;for(;de<i.length;de++)if(he=i[de])if(i[de]=null,ie){if(he==Yt)break}else{if(he.nodeType!=8)break;he.data.startsWith("$s")&&(Yt=tt(ie=he))}}if(!ie){for(;l&&l.nodeType==8&&l.nextSibling;)l=l.nextSibling;ie=l}(m=tt(ie=t.__c.__z||(t.__c.__z=ie)))?(t.__e=ie,l=m):t.__e=l,l=l&&l.nextSibling}else i&&i.some(ve);else t.__e=s.__e;t.__k||(t.__k=s.__k||[]),se&&se.then||ks(t),q.__e(se,t,s)}}else l=t.__e=No(s.__e,t,s,o,r,i,c,u,f,e);return(m=q.diffed)&&m(t),l}function tt(e,t){if(e&&e.nodeType==8&&e.data.startsWith("$s"))for(var s=1;e=e.nextSibling;){if(e.nodeType==8){if(e.data.startsWith("$s"))s++;else if(e.data.startsWith("/$s")&&!--s)return e}t&&t.push(e)}}function ks(e){e&&(e.__c&&(e.__c.__g|=4),e.__k&&e.__k.some(ks))}function Ss(e,t,s){for(var o=0;o<s.length;)qt(s[o++],s[o++],s[o++]);q.__c&&q.__c(t,e),e.some(function(r){try{e=r.__h,r.__h=[],e.some(function(i){i.call(r)})}catch(i){q.__e(i,r.__v)}})}function No(e,t,s,o,r,i,c,l,u,f){var m,$,_,d,p,v,j,S,h=s.props||ot,P=t.props,g=t.type;if(g=="svg"?r="http://www.w3.org/2000/svg":g=="math"?r="http://www.w3.org/1998/Math/MathML":r||(r="http://www.w3.org/1999/xhtml"),i){for(m=0;m<i.length;m++)if((p=i[m])&&(g?p.localName==g:p.nodeType==3)){e=p,i[m]=null;break}}if(!e){if(S=f.ownerDocument||document,!g)return S.createTextNode(P);e=S.createElementNS(r,g,P.is?P:f),l&&(q.__m&&q.__m(t,i),l=!1),i=null}if(g){if(f=g=="template"&&e.content||e,i=g=="textarea"&&P.defaultValue!=null?null:i&&Tt.call(f.childNodes),!l&&i)for(h={},m=0;m<e.attributes.length;m++)h[(p=e.attributes[m]).name]=p.value;for(m in h)p=h[m],m=="dangerouslySetInnerHTML"?_=p:m=="children"||m in P||m=="value"&&"defaultValue"in P||m=="checked"&&"defaultChecked"in P||Xe(e,m,null,p,r);for(m in P)p=P[m],m=="children"?d=p:m=="dangerouslySetInnerHTML"?$=p:m=="value"?v=p:m=="checked"?j=p:l&&typeof p!="function"||h[m]===p||Xe(e,m,p,h[m],r);$?(l||_&&($.__html==_.__html||$.__html==e.innerHTML)||(e.innerHTML=$.__html),t.__k=[]):(_&&(e.textContent=""),(g=="foreignObject"||r=="http://www.w3.org/1998/Math/MathML"&&Lo.test(g))&&(r="http://www.w3.org/1999/xhtml"),xs(f,Dt(d)?d:[d],t,s,o,r,i,c,i?i[0]:s.__k&&fe(s,0),l,u),i&&i.some(ve)),l&&g!="textarea"||(m="value",g=="progress"&&v==null?e.removeAttribute(m):v==null||v===e[m]&&(g!="progress"||v)||Xe(e,m,v,h[m],r),m="checked",j!=null&&j!=e[m]&&Xe(e,m,j,h[m],r))}else h===P||l&&e.data==P||(e.data=P);return e}function qt(e,t,s,o){try{typeof e=="function"?t?t.__x=e(t)||1:o&&(o=o.__c||o.__e)&&(t=o.__x)&&(o.__x=null,typeof t=="function"?t():e(null)):e.current=t}catch(r){q.__e(r,s)}}function Lt(e,t,s){var o,r,i,c;if(q.unmount&&q.unmount(e),!(o=e.ref)||o.current&&o.current!=e.__e||qt(o,null,t,e),o=e.__c){if(o.componentWillUnmount)try{o.componentWillUnmount()}catch(l){q.__e(l,t)}o.__P=o.__n=null}if(o=e.__k)for(c=0;c<o.length;c++)o[c]&&Lt(o[c],t,typeof e.type!="function"||s&&!e.props.__P);!s&&(o=e.__c)&&(o=o.__z)&&(r=tt(o,i=[]))&&(o==e.__e&&i.some(ve),ve(r),ve(o)),s||ve(e.__e),e.__e=e.__c=e.__=null}function Ro(e,t,s){return this.constructor(e,s)}function At(e,t){var s,o,r,i;q.__&&q.__(e,t),t.nodeType==9&&(t=t.documentElement),o=(s=e&&32&e.__u)?null:t.__k,t.__k=Ne(rt,{children:[e]}),r=[],i=[],Et(t,t.__k,o||ot,ot,t.namespaceURI,o?null:t.firstChild?Tt.call(t.childNodes):null,r,o?o.__e:t.firstChild,s,i),Ss(r,t.__k,i),t.__k.props.children=null}q={__e:function(e,t,s,o){for(var r,i,c;t=t.__;)if((r=t.__c)&&!(1&r.__g)){r.__g|=4;try{if((c=(i=r.constructor)&&i.getDerivedStateFromError)&&r.setState(i.getDerivedStateFromError(e)),r.componentDidCatch&&(r.componentDidCatch(e,o||{}),c=1),c&&8&r.__g)return void(r.__g|=2)}catch(l){e=l}}throw st=0,e}},bs=0,Eo=function(e){return e!=null&&e.constructor===Re},et.prototype.setState=function(e,t){var s=this.__s;s&&s!=this.state||(s=this.__s=ye({},this.state)),typeof e=="function"&&(e=e(ye({},s),this.props)),e&&(ye(s,e),this.__v&&(t&&this.__k.push(t),ps(this)))},et.prototype.forceUpdate=function(e){this.__v&&(this.__g|=4,e&&this.__h.push(e),ps(this))},et.prototype.render=rt,me=[],st=0,hs=function(e,t){return e.__v.__b-t.__v.__b},Ye=Symbol(),gs=/(PointerCapture)$|Capture$/i,Pt=0,Ct={},qo=0;/*! Preact 11.2.0, hooks, https://preactjs.com, (c) 2015-present Jason Miller, MIT: see vendor/LICENSES.txt. It imports ./preact.js instead of preact. */var De,M,Mt,Os,Ft=Object.is,Be=0,Ms=[],It=[],A=q,Cs=A.__b,Ps=A.__r,Ds=A.diffed,Ts=A.__c,Es=A.unmount,qs=A.__;function it(e,t){A.__h&&A.__h(M,e,Be||t),Be=0;var s=M.__H||(M.__H={__:[],__h:[]});return e>=s.__.length&&s.__.push({}),s.__[e]}function b(e){return Be=1,Uo(Is,e)}function Uo(e,t,s){var o=it(De++,2);if(o.t=e,!o.__c&&(o.__=[s?s(t):Is(void 0,t),function(i){var c=(o.__N||o.__)[0],l=o.t(c,i);Ft(c,l)||(o.__N=[l,o.__[1]],o.__c.setState({}))}],o.__c=M,!M.__f)){M.__f=!0;var r=M.shouldComponentUpdate;M.shouldComponentUpdate=function(i,c,l){var u=this.__H;if(!u)return!0;var f=!1,m=this.props!=i;if(u.__.some(function(_){_.__N&&(f=!0,Ft(_.__[0],_.__N[0])||(m=!0))}),r){var $=r.call(this,i,c,l);return f?$||m:$}return!f||m}}return o.__}function w(e,t){var s=it(De++,3);!A.__s&&Rt(s.__H,t)&&(s.__P=!0,s.__=e,s.u=t,M.__H.__h.push(s))}function ze(e,t){var s=it(De++,4);!A.__s&&Rt(s.__H,t)&&(s.__P=!1,s.__=e,s.u=t,M.__h.push(s))}function C(e){return Be=5,Fs(function(){return{current:e}},[])}function Fs(e,t){var s=it(De++,7);return Rt(s.__H,t)&&(s.__=e(),s.__H=t),s.__}function je(e,t){return Be=8,Fs(function(){return e},t)}function Bo(){var e;do{for(;e=It.shift();)try{Ue(e)}catch(s){A.__e(s,{__:(e=e.__P)&&e.__v})}for(;e=Ms.shift();){var t=e.__H;if(e.__P&&t)try{t.__h.some(Ue),t.__h.some(Nt),t.__h=[]}catch(s){t.__h=[],A.__e(s,e.__v)}}}while(It.length)}A.__b=function(e){M=null,Cs&&Cs(e)},A.__=function(e,t){e&&t.__k&&t.__k.__m&&(e.__m=t.__k.__m),qs&&qs(e,t)},A.__r=function(e){Ps&&Ps(e),De=0;var t=(M=e.__c).__H;t&&(Mt==M?M.__h=[]:(t.__h.some(Ue),t.__h.some(Nt),De=0),t.__h=[],t.__.some(function(s){s.__N&&(s.__=s.__N),s.u=s.__N=void 0})),Mt=M},A.diffed=function(e){Ds&&Ds(e);var t=e.__c;t&&t.__H&&(t.__H.__h.length&&As(Ms.push(t)),t.__H.__.some(function(s){s.u&&(s.__H=s.u)})),Mt=M=null},A.__c=function(e,t){t.some(function(s){try{s.__h.some(Ue),s.__h=s.__h.filter(function(o){return!o.__||Nt(o)})}catch(o){s.__h=[function(){throw o}]}}),Ts&&Ts(e,t)},A.unmount=function(e){Es&&Es(e);var t,s,o=e.__c;o&&o.__H&&(o.__H.__.some(function(r){try{if(r.__P&&r.__c){if(s===void 0){for(s=e.__;s&&(!s.__c||!s.__c.__P);)s=s.__;s=s&&s.__c}r.__P=s,As(It.push(r))}else Ue(r)}catch(i){t=i}}),o.__H=void 0,t&&A.__e(t,o.__v))};var Ls=typeof requestAnimationFrame=="function";function zo(e){var t,s=function(){clearTimeout(o),Ls&&cancelAnimationFrame(t),setTimeout(e)},o=setTimeout(s,35);Ls&&(t=requestAnimationFrame(s))}function As(e){e!=1&&Os==A.requestAnimationFrame||((Os=A.requestAnimationFrame)||zo)(Bo)}function Ue(e){var t=M,s=e.__c;typeof s=="function"&&(e.__c=void 0,s()),M=t}function Nt(e){var t=M;e.__c=e.__(),M=t}function Rt(e,t){return!e||e.length!=t.length||t.some(function(s,o){return!Ft(s,e[o])})}function Is(e,t){return typeof t=="function"?t(e):t}var a=$s.bind(vs);function Ut(e,t){let s=t.split("/");for(let o of e){let r=Ho(o.split("/"),s);if(r)return{pattern:o,values:r}}}function Ho(e,t){let s={},o=(r,i)=>r.startsWith("{")?(s[r.slice(1,-1)]=Jo(t[i]),s[r.slice(1,-1)]!==""):r===t[i];return e.length===t.length&&e.every(o)?s:null}function Jo(e){try{return decodeURIComponent(e)}catch{return""}}var at,ct=()=>location.pathname+location.search;function X(e,{replace:t=!1}={}){history[t?"replaceState":"pushState"](null,"",e),dispatchEvent(new Event("moved"))}function $e(e){let t=new URLSearchParams(Object.entries(e).filter(([,o])=>o)),s=t.size?`${location.pathname}?${t}`:location.pathname;history.replaceState(null,"",s),at=ct()}function Ns(e){let[t,s]=b({path:location.pathname,number:0});return w(()=>{at=ct();let o=()=>{at=ct(),s(c=>({path:location.pathname,number:c.number+1}))},r=()=>ct()!==at&&o(),i=c=>Wo(c,e);return addEventListener("moved",o),addEventListener("popstate",r),document.addEventListener("click",i),()=>{removeEventListener("moved",o),removeEventListener("popstate",r),document.removeEventListener("click",i)}},[]),t}function Wo(e,t){let s=e.target.closest?.('a[href^="/"]');!s||s.target||s.hasAttribute("download")||e.defaultPrevented||e.button||e.ctrlKey||e.metaKey||e.shiftKey||e.altKey||Ut(t,s.pathname)&&(e.preventDefault(),X(s.getAttribute("href")))}function Go(e,t){let s=C({}),o=je(async()=>{let i={};if(s.current=i,document.hidden)return;let c=await e(()=>s.current===i);c!=null&&s.current===i&&(i.timer=setTimeout(o,c))},t),r=je(()=>(clearTimeout(s.current.timer),o()),[o]);return w(()=>(r(),document.addEventListener("visibilitychange",r),()=>{clearTimeout(s.current.timer),s.current={},document.removeEventListener("visibilitychange",r)}),[r]),r}var He=new Map,Bs=(e,t)=>He.set(e,t),Rs=12;function pe(e,t){let[s,o]=b({path:e,value:He.get(e)}),r=C(1),i=Go(async c=>{let l=He.get(e),u;try{let m=await Z(e),$=JSON.stringify(m,Us)!==JSON.stringify(l,Us);r.current=$?1:Math.min(r.current*1.5,Rs),l=m,He.set(e,l)}catch(m){u=m,r.current=Math.min(r.current*2,Rs)}if(!c()||(o({path:e,value:l,error:u}),u?.status===404||u?.status===403))return null;let f=u?2e3:t(l);return f==null?null:f*r.current},[e]);return{...s.path===e?s:{value:He.get(e)},reload:i}}var Us=(e,t)=>e==="as_of"?void 0:t,Vo=8,Ko=10;function Y(e,t,{size:s=50}={}){let o=e&&JSON.stringify([e,t]),[r,i]=b({items:null,cursor:null}),c=C(),l=je(async(v,j)=>{let S={};c.current=S,i(h=>({...h,busy:!0,error:void 0}));try{let h=[],P=v.at(-1),g=()=>h.length<Math.min(s,Ko);for(let I=0;I<Vo&&g();I++){let te=await Z(e,{...t,limit:s-h.length,cursor:P});if(c.current!==S)return;if(h=h.concat(te.items),P=te.next_cursor,!P)break;j&&h.length>0&&i({key:o,items:h,cursors:v,cursor:null,busy:!0})}i(I=>({key:o,items:j?h:I.items.concat(h),cursors:v,cursor:P,busy:!1}))}catch(h){c.current===S&&i(P=>({...P,key:o,busy:!1,error:h}))}},[o,s]);w(()=>(e&&l([null],!0),()=>{c.current=null}),[l]);let{items:u,cursors:f=[],cursor:m,busy:$,error:_}=r,d=r.key!==o,p=!d&&m?[...f,m]:null;return{items:u,page:f.length,busy:$||d,error:_,ended:!m,more:p&&(()=>l(p,!1)),next:p&&(()=>l(p,!0)),back:!d&&f.length>1?()=>l(f.slice(0,-1),!0):null,again:()=>l(f.length?f:[null],!0)}}function Te(e,t){let[s,o]=b(()=>z.get(e)??t),r=je(c=>o(l=>{let u=typeof c=="function"?c(l):c;return z.set(e,u),u}),[e]),i=je(()=>z.set(e,null),[e]);return[s,r,i]}function ne(e,t=300){let[s,o]=b(e);return w(()=>{let r=setTimeout(()=>o(e),t);return()=>clearTimeout(r)},[JSON.stringify(e)]),s}function H(e){let[t,s]=b({}),o=C(!1),r=C(!0);return w(()=>()=>{r.current=!1},[]),[async(...c)=>{if(o.current)return;o.current=!0,s({busy:!0});let l;try{await e(...c)}catch(u){l=u}o.current=!1,r.current&&s({error:l})},t]}var Qo={awaiting_file:"",validating:"info",validated:"info",rejected:"bad",processing:"info",processed:"good",preparing:"info",sending:"info",paused:"warn",cancelled:"",pending:"warn",expired:"bad",active:"good",inactive:"",removed:"",queued:"",sent:"info",delivered:"good",bounced:"bad",complained:"bad",failed:"bad",skipped:"",added:"good",updated:"info",unchanged:"",add:"good",update:"info",remove:"bad",error:"bad",warning:"warn"},F=({kind:e,of:t})=>t&&a`<span class="badge" data-tone=${Qo[t]}>${n(`jobs.${e}_${t}`)}</span>`;function Bt({parts:e,whole:t,label:s,legend:o=!0}){let r=e.filter(i=>i.count>0);return a`
    <div
      class="bar"
      role="img"
      aria-label=${s??r.map(i=>`${i.name}: ${y(i.count)}`).join(", ")}
    >
      ${r.map(i=>a`
          <i
            key=${i.name}
            data-tone=${i.tone}
            style=${{width:`${i.count*100/t}%`}}
          ></i>
        `)}
    </div>
    ${o&&a`
        <ul class="bar-key">
          ${e.map(i=>a`
              <li key=${i.name}>
                <i data-tone=${i.tone}></i>
                ${i.name}${" "}
                <b>${y(i.count)}</b>
              </li>
            `)}
        </ul>
      `}
  `}function Ee({users:e,legend:t}){let s=[{name:n("jobs.state_active"),count:e.active,tone:"good"},{name:n("jobs.state_pending"),count:e.pending-e.expired,tone:"warn"},{name:n("jobs.state_expired"),count:e.expired,tone:"bad"},{name:n("jobs.state_inactive"),count:e.inactive}];return a`
    <${Bt}
      parts=${s.filter((o,r)=>r<3||o.count>0)}
      whole=${e.total}
      legend=${t}
      label=${n("jobs.users_bar",{active:y(e.active),pending:y(e.pending),expired:y(e.expired)})}
    />
  `}var lt=({of:e})=>a`
  <dl class="figures">
    ${e.map(([t,s])=>a`
        <div key=${t}>
          <dt>${t}</dt>
          <dd>${y(s)}</dd>
        </div>
      `)}
  </dl>
`,_e=({value:e,whole:t,label:s,text:o,said:r})=>a`
  <p class="unseen" role="status">
    ${t?`${Math.floor(ge(e,t)/10)*10} %`:s}${" "}${r}
  </p>
  <p class="row between">
    <span>${s}${t?` ${ge(e,t)} %`:""}</span>
    <span class="quiet">${o}</span>
  </p>
  <progress
    class="progress"
    aria-label=${s}
    max=${t||void 0}
    value=${t?e:void 0}
  ></progress>
`,O=e=>e&&a`<bdi>${e}</bdi>`,xe=e=>e&&a`<a dir="auto" href=${`/users/${encodeURIComponent(e)}`}>${e}</a>`,re=()=>a`<span class="quiet none">–</span>`;var zs=!1;function T({title:e,name:t,crumb:s,under:o,acts:r,children:i}){let c=C();return w(()=>{document.title=[e,t,as()].filter(Boolean).join(" · ")},[e,t]),w(()=>{zs&&(scrollTo(0,0),c.current.focus()),zs=!0},[]),a`
    <div class="head">
      <div>
        ${s&&a`<p class="crumb">${s}</p>`}
        <h1 tabindex="-1" ref=${c}>${t?O(t):e}</h1>
        ${o&&a`<p class="small row">${o}</p>`}
      </div>
      ${r&&a`<div class="row">${r}</div>`}
    </div>
    ${i}
  `}var W=({lines:e=5})=>a`
  <div aria-hidden="true">
    ${Array.from({length:e},(t,s)=>a`<p key=${s}><span class="skeleton"></span></p>`)}
  </div>
  <p class="unseen" role="status">${n("jobs.loading")}</p>
`;var U=({error:e,children:t})=>a`
  <div role="alert" class="problem">
    ${e&&cs(e).map(s=>a`<p>${s}</p>`)}${e&&t}
  </div>
`,G=({error:e,again:t})=>a`
  <${U} error=${e}>
    <p>
      <button type="button" class="second compact" onClick=${t}>${n("jobs.again")}</button>
    </p>
  </${U}>
`;function L({id:e,label:t,hint:s,fault:o,children:r}){let i=[s&&`${e}-hint`,o&&`${e}-fault`].filter(Boolean).join(" ");return a`
    <div class="field">
      <label for=${e}>${t}</label>
      ${r({id:e,"aria-describedby":i||void 0,"aria-invalid":o?"true":void 0})}
      ${o&&a`<p class="fault" id=${`${e}-fault`}>${o}</p>`}
      ${s&&a`<p class="small" id=${`${e}-hint`}>${s}</p>`}
    </div>
  `}var Q=(e,t)=>e?.fields?.find(s=>s.field===t)?.message,qe=(e,...t)=>e?.fields?.length&&e.fields.every(s=>t.includes(s.field))?void 0:e,le=({label:e,of:t,value:s,choose:o})=>a`
  <div class="tabs fit" role="group" aria-label=${e}>
    ${t.map(r=>a`
        <button
          type="button"
          key=${r.value}
          aria-pressed=${String(r.value===s)}
          onClick=${()=>o(r.value)}
        >
          ${r.name}${r.count!=null&&a`
              ${" "}
              <b>${y(r.count)}</b>
            `}
        </button>
      `)}
  </div>
`,x=({busy:e,kind:t="",children:s,...o})=>a`
  <button type="button" class=${t} aria-busy=${e?"true":void 0} ...${o}>
    ${s}
  </button>
`;function V({title:e,children:t,confirm:s,dismiss:o=n("jobs.cancel"),kind:r="",close:i,act:c}){let l=C(),[u,{busy:f,error:m}]=H(c);return w(()=>{let $=document.activeElement,_=l.current;return _.showModal(),()=>{_.close(),$?.isConnected&&$.focus()}},[]),a`
    <dialog
      ref=${l}
      aria-labelledby="dialog-title"
      onCancel=${$=>{$.preventDefault(),i()}}
    >
      <h2 id="dialog-title">${e}</h2>
      ${t}
      <${U} error=${m} />
      <div class="row end">
        <button type="button" class="second" onClick=${i}>${o}</button>
        <${x} kind=${r} busy=${f} onClick=${u}>${s}</${x}>
      </div>
    </dialog>
  `}function Le({path:e,query:t,kind:s="second",children:o}){let[r,{busy:i,error:c}]=H(async()=>{for(J(n("jobs.file_made"));;){let l=await E("GET",t?`${e}?${new URLSearchParams(t)}`:e);if(l.status===200)return location.assign(l.body.url);await new Promise(u=>setTimeout(u,1e3*(l.seconds||2)))}});return a`
    <${x} kind=${s} busy=${i} onClick=${r}>${o}</${x}>
    ${c&&a`<${U} error=${c} />`}
  `}var Je=({caption:e,columns:t,items:s,id:o})=>a`
  <table class="table" role="table">
    <caption class="unseen">${e}</caption>
    <thead role="rowgroup">
      <tr role="row">
        ${t.map(r=>a`
            <th
              key=${r.name}
              scope="col"
              role="columnheader"
              class=${r.num&&!r.head?"num":""}
            >
              ${r.name}
            </th>
          `)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${s.map((r,i)=>a`
          <tr role="row" key=${o?o(r):i}>
            ${t.map(c=>c.head?a`
                    <th
                      key=${c.name}
                      scope="row"
                      role="rowheader"
                      data-label=${c.name}
                      class=${c.num?"numbered":""}
                    >
                      ${c.cell(r)}
                    </th>
                  `:a`
                    <td
                      key=${c.name}
                      role="cell"
                      data-label=${c.name}
                      class=${["num","beside","wide"].filter(l=>c[l]).join(" ")}
                    >
                      ${c.cell(r)}
                    </td>
                  `)}
          </tr>
        `)}
    </tbody>
  </table>
`;function ee({pages:e,none:t,turn:s,...o}){let{items:r,error:i,more:c,next:l,back:u,again:f}=e,m=s?l||u:c,$=s?Xo:Yo;return a`
    <${G} error=${i} again=${f} />
    ${r===null?!i&&a`<${W} />`:a`<${Zo} pages=${e} none=${t} table=${o} />`}
    ${r!==null&&m&&a`<div class="more"><${$} pages=${e} /></div>`}
  `}function Zo({pages:e,none:t,table:s}){let{items:o,error:r,busy:i,ended:c,page:l}=e;return o.length>0||!c?a`
      <div aria-busy=${i?"true":void 0}>
        <${Je} items=${o} ...${s} />
      </div>
    `:r?null:l<2?t:a`<p class="quiet">${n("jobs.list_end")}</p>`}function Xo({pages:{items:e,busy:t,next:s,back:o,page:r}}){let i=n("jobs.list_page",{page:y(r)});return a`
    <${x} kind="second" disabled=${!o} busy=${t&&o} onClick=${()=>o?.()}>
      ${n("jobs.back")}
    </${x}>
    <${x} kind="second" disabled=${!s} busy=${t&&s} onClick=${()=>s?.()}>
      ${n("jobs.next")}
    </${x}>
    <p role="status">${e.length===0?n("jobs.list_seek"):i}</p>
  `}function Yo({pages:{items:e,busy:t,more:s}}){let o=k("jobs.list_shown",e.length);return a`
    <${x} kind="second" busy=${t} onClick=${s}>${n("jobs.more")}</${x}>
    <p role="status">${e.length===0?n("jobs.list_seek"):o}</p>
  `}var en=()=>[{name:n("records.at"),head:!0,cell:e=>a`<span class="nowrap">${D(e.at)}</span>`},{name:n("records.action"),cell:e=>Pe("action",e.action)},{name:n("records.actor"),cell:e=>xe(e.actor)},{name:n("records.target"),cell:e=>xe(e.target)},{name:n("records.job"),cell:e=>e.job?a`<a href=${`/jobs/${e.job}`}>${n("records.open_job")}</a>`:null},{name:n("records.source_ip"),cell:e=>O(e.source_ip)},{name:n("records.result"),cell:e=>a`
      <span class="badge" data-tone=${e.result==="ok"?"good":"bad"}>
        ${Pe("result",e.result)}
      </span>
    `}];function Hs(e){let t=new Date(e);return e&&!isNaN(t)?t.toISOString():""}function Js(){let[e,t]=b(()=>Object.fromEntries(new URLSearchParams(location.search))),{username:s="",job:o="",from:r="",to:i=""}=ne(e);w(()=>$e({username:s,job:o,from:r,to:i}),[s,o,r,i]);let c=Y("/api/audit",{username:s.trim(),job:o.trim(),from:Hs(r),to:Hs(i)}),l=m=>t({...e,[m.target.name]:m.target.value}),u=(m,$)=>a`
    <div class="field">
      <label for=${m}>${n(`records.by_${m}`)}</label>
      <input
        id=${m}
        name=${m}
        type=${$}
        value=${e[m]??""}
        onInput=${l}
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
      />
    </div>
  `,f=s||o||r||i;return a`
    <${T} title=${n("records.audit")} under=${n("records.audit_text")}>
      <section class="card" aria-label=${n("records.audit")}>
        <form class="filters" role="search" onSubmit=${m=>m.preventDefault()}>
          ${u("username","search")}
          ${u("job","search")}
          ${u("from","datetime-local")}
          ${u("to","datetime-local")}
        </form>
        <${ee}
          pages=${c}
          caption=${n("records.audit")}
          columns=${en()}
          none=${a`
            <div class="empty">
              <p>${f?n("records.audit_not_found"):n("records.audit_none")}</p>
            </div>
          `}
        />
      </section>
    </${T}>
  `}var Ws=["upload","validate","process","notify"],tn={awaiting_file:"upload",validating:"validate",validated:"validate",rejected:"validate"},Ae=e=>tn[e.status]??"process",ut=e=>`/jobs/${e.id}/${Ae(e)}`,ue=e=>e.status==="processed"||e.status==="failed";function oe({job:e,at:t}){let s=e?ue(e)?3:Ws.indexOf(Ae(e)):0;return a`
    <nav aria-label=${n("jobs.steps")}>
      <ol class="steps">
        ${Ws.map((o,r)=>a`
            <li
              key=${o}
              aria-current=${o===t?"step":void 0}
              data-done=${o!==t&&(r<s||r===3&&e?.notifications>0)?"":void 0}
            >
              ${o!==t&&e&&r<=s?a`<a href=${`/jobs/${e.id}/${o}`}>${n(`jobs.step_${o}`)}</a>`:a`<span>${n(`jobs.step_${o}`)}</span>`}
            </li>
          `)}
      </ol>
    </nav>
  `}var K=({job:e,title:t,acts:s,children:o})=>a`
  <${T}
    title=${t}
    name=${e.name}
    acts=${s}
    crumb=${a`<a href="/jobs">${n("jobs.title")}</a>`}
    under=${a`
      <${F} kind="status" of=${e.status} />
      ${" "}
      <span>
        ${O(e.file_name)}${e.file_name&&" · "}
        ${n(e.created_by?"jobs.by":"jobs.dropped",{at:D(e.created_at),who:e.created_by})}
      </span>
    `}
  >
    ${o}
  </${T}>
`,we=["pending","expired","unreached"],Gs=e=>e.audience?n(`jobs.audience_${e.audience}`):k("jobs.named",e.usernames?.length??0);function dt(e,t){let s=C(null);(s.current===null||e<s.current.done)&&(s.current={done:e,at:Date.now()});let o=e-s.current.done,r=(Date.now()-s.current.at)/1e3;return o>0&&r>1?n("jobs.left",{time:R((t-e)*r/o)}):""}var zt=e=>e.status==="sent"||e.status==="cancelled",be=e=>e&&(n(`jobs.reason_${e}`)||e.replaceAll("_"," ")),Vs=e=>`named:${e}`,Ht=e=>z.get(Vs(e)),mt=(e,t)=>z.set(Vs(e),t);var sn=["awaiting_file","validating","validated","rejected","processing","processed","failed"],on=()=>[{name:n("jobs.name"),head:!0,cell:e=>a`<a dir="auto" href=${ut(e)}>${e.name}</a>`},{name:n("jobs.status"),beside:!0,cell:e=>a`<${F} kind="status" of=${e.status} />`},{name:n("jobs.rows"),num:!0,cell:e=>y(e.rows.total)},{name:n("jobs.users"),cell:e=>e.users?a`
            <div>
              <a class="quiet" href=${`/jobs/${e.id}`}>
                ${e.users.total?n("jobs.pending_of",{pending:y(e.users.pending),total:y(e.users.total)}):n("jobs.no_users")}
              </a>
              ${e.users.total>0&&a`<${Ee} users=${e.users} legend=${!1} />`}
            </div>
          `:re()},{name:n("jobs.created"),cell:e=>a`<span class="nowrap">${D(e.created_at)}</span>`},{name:n("jobs.created_by"),wide:!0,cell:e=>O(e.created_by)??n("jobs.s3")}];function Ks(){let[e,t]=b(()=>Object.fromEntries(new URLSearchParams(location.search))),s=ne(e.q?.trim()??""),o=e.status??"";w(()=>$e({q:s,status:o}),[s,o]);let r=Y("/api/jobs",{q:s,status:o}),i=l=>t({...e,[l.target.name]:l.target.value}),c=s||o;return a`
    <${T}
      title=${n("jobs.title")}
      acts=${a`<a class="button" href="/jobs/new">${n("jobs.new")}</a>`}
    >
      <section class="card" aria-label=${n("jobs.title")}>
        <form class="filters" role="search" onSubmit=${l=>l.preventDefault()}>
          <div class="field">
            <label for="q">${n("jobs.search_name")}</label>
            <input
              id="q"
              name="q"
              type="search"
              value=${e.q??""}
              onInput=${i}
              autocomplete="off"
            />
          </div>
          <div class="field">
            <label for="status">${n("jobs.status")}</label>
            <select id="status" name="status" value=${o} onChange=${i}>
              <option value="">${n("jobs.any")}</option>
              ${sn.map(l=>a`<option key=${l} value=${l}>${n(`jobs.status_${l}`)}</option>`)}
            </select>
          </div>
        </form>
        <${ee}
          pages=${r}
          caption=${n("jobs.title")}
          columns=${on()}
          id=${l=>l.id}
          none=${c?a`<div class="empty"><p>${n("jobs.none_found")}</p></div>`:a`
                  <div class="empty">
                    <p>${n("jobs.none_yet")}</p>
                    <a class="button" href="/jobs/new">${n("jobs.new")}</a>
                  </div>
                `}
        />
      </section>
    </${T}>
  `}var nn=["24h","72h","168h","336h"];function Qs({all:e,chosen:t,change:s}){let o=[...t,...e.filter(c=>!t.includes(c))],r=C(),i=(c,l)=>{let u=t.indexOf(c)+l,f=t.filter(m=>m!==c);f.splice(u,0,c),s(f),requestAnimationFrame(()=>{let m=r.current.children[u];(m.querySelector(`[data-by="${l}"]:not(:disabled)`)??m.querySelector("button:not(:disabled)"))?.focus()})};return a`
    <fieldset>
      <legend>${n("jobs.devices")}</legend>
      <ul class="ordered" ref=${r}>
        ${o.map(c=>{let l=t.indexOf(c);return a`
            <li key=${c}>
              <label>
                <input
                  type="checkbox"
                  checked=${l>=0}
                  onChange=${u=>s(u.target.checked?[...t,c]:t.filter(f=>f!==c))}
                />
                <span>${l>=0?`${l+1}. `:""}${c}</span>
              </label>
              ${l>=0&&t.length>1&&a`
                  <button
                    type="button"
                    class="plain compact"
                    data-by="-1"
                    disabled=${l===0}
                    aria-label=${n("jobs.earlier",{name:c})}
                    onClick=${()=>i(c,-1)}
                  >
                    ↑
                  </button>
                  <button
                    type="button"
                    class="plain compact"
                    data-by="1"
                    disabled=${l===t.length-1}
                    aria-label=${n("jobs.later",{name:c})}
                    onClick=${()=>i(c,1)}
                  >
                    ↓
                  </button>
                `}
            </li>
          `})}
      </ul>
      <p class="small">${n("jobs.devices_hint")}</p>
    </fieldset>
  `}function ft({value:e,change:t,most:s,least:o,fault:r}){let i=nn.filter(l=>(!s||B(l)<=B(s))&&(!o||B(l)>=B(o))),c=e&&!i.includes(e)?[e,...i]:i;return a`
    <${L}
      id="lifetime"
      label=${n("jobs.lifetime")}
      hint=${n("jobs.lifetime_hint")}
      fault=${r}
    >
      ${l=>a`
        <select ...${l} value=${e} onChange=${u=>t(u.target.value)}>
          ${c.map(u=>a`<option key=${u} value=${u}>${R(B(u))}</option>`)}
        </select>
      `}
    </${L}>
  `}var rn=1e9;function $t({file:e,choose:t,fault:s}){let[o,r]=b(!1),i=l=>{l.preventDefault(),r(!1),l.dataTransfer.files[0]&&t(l.dataTransfer.files[0])},c=l=>u=>{u.preventDefault(),r(l)};return a`
    <div class="field">
      <div
        class="drop"
        data-over=${o?"":void 0}
        onDragEnter=${c(!0)}
        onDragOver=${c(!0)}
        onDragLeave=${c(!1)}
        onDrop=${i}
      >
        <p>
          ${e?a`
                  <strong dir="auto">${e.name}</strong>
                  ${" "}
                  <span class="quiet nowrap">${Ge(e.size)}</span>
                `:n("jobs.drop")}
        </p>
        <label class="button second" for="file">
          ${e?n("jobs.other_file"):n("jobs.choose_file")}
        </label>
        <input
          id="file"
          type="file"
          accept=".csv,.txt,text/csv"
          aria-describedby="file-hint file-fault"
          aria-invalid=${s?"true":void 0}
          onChange=${l=>l.target.files[0]&&t(l.target.files[0])}
        />
        <p class="small" id="file-hint">
          ${n("jobs.file_hint")}${" "}
          <a href="/api/template.csv" download>${n("jobs.template")}</a>
        </p>
      </div>
      <p class="fault" id="file-fault" role="alert">${s}</p>
    </div>
  `}function We(e){return e?/\.(csv|txt)$/i.test(e.name)?e.size===0?n("jobs.file_empty"):e.size>rn?n("jobs.file_large"):void 0:/\.xlsx?$/i.test(e.name)?n("jobs.file_xlsx"):n("jobs.file_kind"):n("jobs.file_missing")}function Me({job:e,kind:t="second",children:s}){let[o,r]=b(!1);return a`
    <${x} kind=${t} onClick=${()=>r(!0)}>
      ${s??n("jobs.start_over")}
    </${x}>
    ${o&&a`
        <${V}
          title=${n("jobs.start_over_title")}
          confirm=${n("jobs.start_over")}
          close=${()=>r(!1)}
          act=${async()=>{await E("DELETE",`/api/jobs/${e.id}`,{}),z.set("new-job",{name:e.name,devices:e.devices,lifetime:e.link_lifetime,report:""}),X("/jobs/new")}}
        >
          <p>${n("jobs.start_over_text",{name:e.name})}</p>
        </${V}>
      `}
  `}var pt=new Map,Jt=()=>dispatchEvent(new Event("transferred"));function an(e){[...pt.values()].some(t=>t.state==="going")&&e.preventDefault()}function Zs(e){let t=z.get(`upload:${e}`);return t&&new Date(t.expires_at)>new Date?t:null}var Wt=e=>pt.get(e),Xs=e=>pt.delete(e);function _t(e,t,s){z.set(`upload:${e}`,t);let o={state:"going",loaded:0,total:s.size,since:Date.now()};pt.set(e,o),addEventListener("beforeunload",an);let r=new XMLHttpRequest;r.open(t.method,t.url);for(let[i,c]of Object.entries(t.headers))i.toLowerCase()!=="host"&&r.setRequestHeader(i,c);r.upload.onprogress=({loaded:i})=>{o.loaded=i,Jt()},r.onloadend=()=>{o.state=r.status>=200&&r.status<300?"done":"broken",o.state==="done"&&z.set(`upload:${e}`,null),Jt()},r.send(s),Jt()}var cn=["file_name","name","link_lifetime","report_to"];function Ys(){let[e,t,s]=Te("new-job",{name:"",devices:null,lifetime:null,report:""}),[o,r]=b(null),[i,c]=b(),[l,u]=b(null),[f,m]=b(),$=C({});w(()=>{Z("/api/settings").then(u,m)},[]);let _=l?.devices.filter(g=>g.channel!=="voice").map(g=>g.name)??[],d=e.devices?.filter(g=>_.includes(g))??l?.devices.filter(g=>g.default).map(g=>g.name)??[],p=e.lifetime??l?.limits.link_lifetime??null,v=(g,I)=>t(te=>({...te,[g]:I})),[j,{busy:S,error:h}]=H(async()=>{let g=We(o);if(c(g),g)return document.getElementById("file").focus();let I={file_name:o.name,devices:d,...e.name.trim()&&{name:e.name.trim()},...p&&{link_lifetime:p},...e.report.trim()&&{report_to:e.report.trim()}},te=JSON.stringify(I);$.current.text!==te&&($.current={text:te,value:Ce()});let{body:N}=await E("POST","/api/jobs",I,{"Idempotency-Key":$.current.value});_t(N.job.id,N.upload,o),s(),X(`/jobs/${N.job.id}/upload`)}),P={settings:l,devices:_,chosen:{devices:d,lifetime:p},draft:e,put:v,error:h};return a`
    <${T}
      title=${n("jobs.new")}
      crumb=${a`<a href="/jobs">${n("jobs.title")}</a>`}
    >
      <${oe} at="upload" />
      <form
        class="cards wide"
        aria-busy=${S?"true":void 0}
        onSubmit=${g=>{g.preventDefault(),j()}}
        novalidate
      >
        <section class="card">
          <h2>${n("jobs.file")}</h2>
          <${$t}
            file=${o}
            fault=${i??Q(h,"file_name")}
            choose=${g=>{r(g),c(We(g))}}
          />
          <${L}
            id="name"
            label=${n("jobs.job_name")}
            hint=${n("jobs.job_name_hint")}
            fault=${Q(h,"name")}
          >
            ${g=>a`
              <input
                ...${g}
                value=${e.name}
                onInput=${I=>v("name",I.target.value)}
                autocomplete="off"
              />
            `}
          </${L}>
          <${U} error=${qe(h,...cn)??f} />
          <div class="row"><button type="submit">${n("jobs.upload")}</button></div>
          <p class="small">${n("jobs.nothing_yet")}</p>
        </section>
        <${ln} ...${P} />
      </form>
    </${T}>
  `}var ln=({settings:e,devices:t,chosen:s,draft:o,put:r,error:i})=>a`
  <section class="card">
    <h2>${n("jobs.how")}</h2>
    ${e&&a`
        <div class="field">
          <${Qs}
            all=${t}
            chosen=${s.devices}
            change=${c=>r("devices",c)}
          />
          ${s.devices.length===0&&a`<p class="fault">${n("jobs.devices_none")}</p>`}
        </div>
        <${ft}
          value=${s.lifetime}
          change=${c=>r("lifetime",c)}
          least=${e.limits.link_lifetime_minimum}
          most=${e.limits.link_lifetime_maximum}
          fault=${Q(i,"link_lifetime")}
        />
      `}
    <${L}
      id="report"
      label=${n("jobs.report_to")}
      hint=${n("jobs.report_hint")}
      fault=${Q(i,"report_to")}
    >
      ${c=>a`
        <input
          ...${c}
          type="email"
          value=${o.report}
          onInput=${l=>r("report",l.target.value)}
          autocomplete="email"
        />
      `}
    </${L}>
  </section>
`;function eo({source:e,title:t}){let s=C();return w(()=>{let o=[],r=e.replace(/<style[^>]*>([^]*?)<\/style>/gi,(m,$)=>(o.push($),"")).replace(/<[a-z][^>]*>/gi,m=>m.replace(/\sstyle=/i," data-style=")),i=new DOMParser().parseFromString(r,"text/html");for(let m of i.querySelectorAll("script, link, base, meta, iframe, object, form"))m.remove();for(let m of i.querySelectorAll("a"))m.removeAttribute("href");let{contentDocument:c,contentWindow:l}=s.current;c.documentElement.lang=i.documentElement.lang,c.adoptedStyleSheets=o.map(m=>{let $=new l.CSSStyleSheet;return $.replaceSync(m),$}),c.body.replaceWith(c.importNode(i.body,!0));for(let m of c.querySelectorAll("[data-style]"))m.style.cssText=m.dataset.style;let u=()=>{s.current&&(s.current.style.height=0,s.current.style.height=`${c.documentElement.scrollHeight}px`)};u();let f=new ResizeObserver(u);return f.observe(c.body),()=>f.disconnect()},[e]),a`
    <iframe ref=${s} title=${t} sandbox="allow-same-origin" tabindex="0"></iframe>
  `}var un=["first_name","last_name","username","company","link","expires_at","expires_in"],ke=["subject","body","sms"],Fe=({subject:e,body:t,sms:s})=>({subject:e,body:t,sms:s});function bt({texts:e,put:t,fault:s}){let o=C({}),r=C("body"),i=l=>{let u=r.current==="subject"&&l==="link"?"body":r.current,f=o.current[u],{selectionStart:m,selectionEnd:$,value:_}=f,d=`{{${l}}}`;t(u)(_.slice(0,m)+d+_.slice($)),requestAnimationFrame(()=>{f.focus(),f.setSelectionRange(m+d.length,m+d.length)})},c=l=>({ref:u=>{o.current[l]=u},value:e[l],onInput:u=>t(l)(u.target.value),onFocus:()=>{r.current=l}});return a`
    <${L} id="subject" label=${n("jobs.subject")} fault=${s("subject")}>
      ${l=>a`<input ...${l} ...${c("subject")} autocomplete="off" />`}
    </${L}>
    <${L}
      id="body"
      label=${n("jobs.body")}
      hint=${n("jobs.body_hint",{place:"{{link}}"})}
      fault=${s("body")}
    >
      ${l=>a`<textarea ...${l} ...${c("body")} rows="12"></textarea>`}
    </${L}>
    <${L}
      id="sms"
      label=${n("jobs.sms")}
      hint=${n("jobs.sms_hint")}
      fault=${s("sms")}
    >
      ${l=>a`<textarea ...${l} ...${c("sms")} rows="3"></textarea>`}
    </${L}>
    <div class="field" role="group" aria-labelledby="insert">
      <p class="small" id="insert">${n("jobs.insert")}</p>
      <p class="chips">
        ${un.map(l=>a`
            <button
              type="button"
              class="second"
              key=${l}
              title=${`{{${l}}}`}
              onClick=${()=>i(l)}
            >
              ${n(`jobs.place_${l}`)}
            </button>
          `)}
      </p>
    </div>
  `}var dn={delivered:"good",sent:"info",bounced:"bad",complained:"warn",failed:"bad",skipped:void 0,queued:"none"},mn=()=>[{name:n("jobs.user"),head:!0,cell:e=>O(e.username)},{name:n("jobs.delivery"),beside:!0,cell:e=>a`<${F} kind="delivery" of=${e.state} />`},{name:n("jobs.why"),cell:e=>be(e.reason)??re()},{name:n("jobs.device"),cell:e=>e.device??"–"},{name:n("jobs.at"),cell:e=>a`<span class="nowrap">${D(e.at)}</span>`}],fn=["","delivered","sent","bounced","complained","failed","skipped"];function $n({path:e}){let[t,s]=b(""),o=Y(`${e}/deliveries`,{state:t},{size:10});return a`
    <${le}
      label=${n("jobs.delivery")}
      value=${t}
      choose=${s}
      of=${fn.map(r=>({value:r,name:r?n(`jobs.delivery_${r}`):n("jobs.all")}))}
    />
    <${ee}
      turn
      pages=${o}
      caption=${n("jobs.deliveries")}
      columns=${mn()}
      id=${r=>`${r.username} ${r.device}`}
      none=${a`<p class="quiet">${n("jobs.deliveries_none")}</p>`}
    />
  `}var pn=e=>zt(e)?1e4:700;function ht({job:e,id:t,changed:s}){let o=`/api/jobs/${e.id}/notifications/${t}`,{value:r,error:i,reload:c}=pe(o,pn),[l,u]=b(!1),[f,m]=b(!1),{audience:$,queued:_}=r?.counts??{audience:0,queued:0},d=dt($-_,$);if(!r)return i?a`<${G} error=${i} again=${c} />`:a`<${W} lines=${3} />`;let p=async()=>{await E("POST",`${o}/cancel`,{}),u(!1),J(n("jobs.cancelled")),await c(),s?.()},v=zt(r);return a`
    <article class="notification">
      <div class="row between">
        <h3 class="row" tabindex="-1" id=${`notification-${r.id}`}>
          ${n("jobs.notification",{id:r.id})}${" "}
          <${F} kind="notification" of=${r.status} />
        </h3>
        ${!v&&a`
            <${x} kind="danger compact" onClick=${()=>u(!0)}>
              ${n("jobs.cancel_sending")}
            </${x}>
          `}
      </div>
      <p class="quiet">
        ${[Gs(r),n(`jobs.trigger_${r.trigger}`,{who:r.created_by??"–"}),D(r.created_at)].join(" · ")}
      </p>
      ${r.reason&&a`<p class="note" data-tone="warn">${be(r.reason)}</p>`}
      ${!v&&a`<${bn} one=${r} rest=${d} />`}
      ${$>0?a`
              <div aria-hidden=${v?void 0:"true"}>
                <${Bt}
                  whole=${$}
                  parts=${Object.entries(dn).map(([j,S])=>({name:n(`jobs.delivery_${j}`),count:r.counts[j],tone:S})).filter(j=>j.count>0)}
                />
              </div>
            `:v&&a`<p class="quiet">${n("jobs.nobody")}</p>`}
      <details open=${f} onToggle=${j=>m(j.target.open)}>
        <summary>${n("jobs.details")}</summary>
        ${f&&a`<${_n} one=${r} path=${o} />`}
      </details>
      ${l&&a`
          <${V}
            title=${n("jobs.cancel_title")}
            confirm=${n("jobs.cancel_sending")}
            kind="danger"
            dismiss=${n("jobs.go_on_sending")}
            close=${()=>u(!1)}
            act=${p}
          >
            <p>${n("jobs.cancel_text")}</p>
          </${V}>
        `}
    </article>
  `}var _n=({one:e,path:t})=>a`
  <p><strong>${e.subject}</strong></p>
  <details class="inline">
    <summary>${n("jobs.body")}</summary>
    <pre class="mail">${e.body}</pre>
  </details>
  <details class="inline">
    <summary>${n("jobs.sms")}</summary>
    <pre class="mail">${e.sms}</pre>
  </details>
  <p class="small">
    ${n("jobs.details_text",{lifetime:R(B(e.link_lifetime)),devices:e.devices.join(", ")})}
  </p>
  <${$n} path=${t} />
`;function bn({one:e,rest:t}){let{audience:s,queued:o}=e.counts,r=e.status==="paused"?n("jobs.paused"):void 0;return a`
    <${_e}
      value=${s-o}
      whole=${s||void 0}
      label=${k("jobs.handed_over",s-o,{whole:y(s)})}
      text=${r??t}
      said=${r}
    />
  `}var to=[...we,"everyone"],hn=e=>({pending:e.pending,expired:e.expired,everyone:e.active+e.pending}),gn=({names:e})=>a`
  ${e.slice(0,5).map((t,s)=>[s>0&&", ",O(t)])}${e.length>5&&" …"}
`;function vn({job:e,value:t,change:s,preview:o}){let r=hn(e.users),i=Ht(e.id),c=[...to,...i?.length?["named"]:[]];return a`
    <fieldset class="field">
      <legend>${n("jobs.to_whom")}</legend>
      <div class="choices two">
        ${c.map(l=>{let u=l==="named"?i.length:r[l]??(l===t&&o?o.audience.size:null);return a`
            <label class="choice" key=${l}>
              <input
                type="radio"
                name="audience"
                value=${l}
                checked=${l===t}
                onChange=${()=>s(l)}
              />
              <span>
                <b>
                  ${l==="named"?k("jobs.named",i.length):n(`jobs.audience_${l}`)}
                </b>
                ${u!=null&&l!=="named"&&a`
                    ${" "}
                    <b class="quiet">${y(u)}</b>
                  `}
                <span class="small">
                  ${l==="named"?a`<${gn} names=${i} />`:n(`jobs.audience_${l}_hint`)}
                </span>
              </span>
            </label>
          `})}
      </div>
    </fieldset>
  `}function yn({preview:e,error:t,busy:s,username:o,change:r,again:i}){let[c,l]=b("email"),u=e?.messages.find(f=>f.channel===c);return a`
    <section class="card" aria-busy=${s?"true":void 0}>
      <h2>${n("jobs.preview")}</h2>
      <${L}
        id="as"
        label=${n("jobs.preview_for")}
        hint=${n("jobs.preview_for_hint")}
        fault=${Q(t,"username")}
      >
        ${f=>a`
          <input
            ...${f}
            value=${o}
            onInput=${m=>r(m.target.value)}
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
          />
        `}
      </${L}>
      <${le}
        label=${n("jobs.channel")}
        value=${c}
        choose=${l}
        of=${["email","sms"].map(f=>({value:f,name:n(`jobs.channel_${f}`)}))}
      />
      ${t&&!t.fields?.length&&a`<${G} error=${t} again=${i} />`}
      ${u?c==="email"?a`
                <div class="mail">
                  <p><strong>${u.subject}</strong></p>
                  <${eo} title=${n("jobs.preview_mail")} source=${u.html} />
                </div>
                <details>
                  <summary>${n("jobs.as_text")}</summary>
                  <pre class="mail">${u.text}</pre>
                </details>
              `:a`
                <div class="phone"><pre>${u.text}</pre></div>
                <p class="small">${k("jobs.segments",u.segments)}</p>
              `:e?a`<p class="quiet">${n("jobs.preview_none")}</p>`:!t&&a`<${W} lines=${4} />`}
    </section>
  `}function so({preview:e}){if(!e)return a`<${W} lines=${1} />`;let{size:t,email:s,sms:o,none:r,estimated:i}=e.audience;return a`
    <p>
      ${i?n("jobs.about"):""}${" "}${k("jobs.reaches",t-r)}${" "}
      <span class="quiet">
        ${[s>0&&k("jobs.by_email",s),o>0&&k("jobs.by_sms",o),r>0&&k("jobs.by_none",r)].filter(Boolean).join(", ")}${t>0?".":""}
      </span>
      ${t>r&&e.duration&&a`
          ${" "}
          <span class="quiet">
            ${n("jobs.takes",{time:R(Math.max(1,B(e.duration)))})}
          </span>
        `}
    </p>
    ${e.warnings?.length>0&&a`
        <div class="note" data-tone="warn">
          ${e.warnings.map(c=>a`
              <p key=${c.code??c}>
                ${n(`jobs.warning_${c.code??c}`)||a`<span lang="en" dir="ltr">${c.message??c}</span>`}
              </p>
            `)}
        </div>
      `}
  `}function jn(e,t){return e.audience==="named"&&t?.length?{usernames:t}:{audience:to.includes(e.audience)?e.audience:"pending"}}var xn=(e,t)=>({...jn(t,Ht(e.id)),...t.changed&&Fe(t),...t.devices.length<e.devices.length&&{devices:t.devices},...t.lifetime!==e.link_lifetime&&{link_lifetime:t.lifetime}});function wn(e,t){let[s,o]=b({}),r=C(),i=ne(t,400),c=async()=>{let l={};r.current=l,o(u=>({...u,busy:!0}));try{let{body:u}=await E("POST",`${e}/preview`,i);r.current===l&&o({value:u})}catch(u){r.current===l&&o(f=>({value:f.value,error:u}))}};return w(()=>{c()},[JSON.stringify(i)]),[s,c]}function kn(e,t){let s=new URLSearchParams(location.search).get("audience"),[o,r,i]=Te(`notify:${e.id}`,{...t,changed:!1,devices:e.devices,lifetime:e.link_lifetime,audience:s??"pending"});return w(()=>{s&&r(u=>({...u,audience:s}))},[]),[o,{put:u=>f=>r(m=>({...m,...!m.changed&&t,[u]:f,changed:m.changed||ke.includes(u)})),undo:()=>r(u=>({...u,...t,changed:!1})),forget:i}]}function Sn({job:e,message:t,sent:s}){let[o,{put:r,undo:i,forget:c}]=kn(e,t),[l,u]=b(!1),[f,m]=b(""),$=C({}),_=`/api/jobs/${e.id}/notifications`,d=xn(e,o),p=f.trim(),[v,j]=wn(_,{...d,...p&&{username:p}}),[S,h]=H(async()=>{await E("POST",`${_}/test`,d),J(n("jobs.test_sent"))}),P=async()=>{let N=JSON.stringify(d);$.current.text!==N&&($.current={text:N,value:Ce()});let{body:ie}=await E("POST",_,d,{"Idempotency-Key":$.current.value});$.current={},c(),mt(e.id,null),u(!1),s(ie)},g=o.changed?o:t,I=N=>Q(v.error,N)??Q(h.error,N),te=v.error?.fields?.some(({field:N})=>ke.includes(N));return a`
    <div class="split">
      <form class="card" onSubmit=${N=>N.preventDefault()}>
        <h2>${n("jobs.message")}</h2>
        <${vn}
          job=${e}
          value=${d.usernames?"named":d.audience}
          change=${r("audience")}
          preview=${v.value}
        />
        <${bt} texts=${g} put=${r} fault=${I} />
        ${o.changed&&a`
            <p>
              <button type="button" class="plain compact" onClick=${i}>
                ${n("jobs.undo_text")}
              </button>
            </p>
          `}
        <${On} job=${e} draft=${o} put=${r} fault=${I} />
        <hr />
        <${so} preview=${v.value} />
        <${U} error=${qe(h.error,...ke,"link_lifetime")} />
        <div class="row">
          <${x}
            disabled=${o.devices.length===0||te}
            onClick=${()=>u(!0)}
          >
            ${n("jobs.send")}
          </${x}>
          <${x} kind="second" busy=${h.busy} onClick=${S}>
            ${n("jobs.test")}
          </${x}>
        </div>
      </form>
      <${yn}
        preview=${v.value}
        error=${v.error}
        busy=${v.busy}
        username=${f}
        change=${m}
        again=${j}
      />
    </div>
    ${l&&a`<${Cn} preview=${v.value} close=${()=>u(!1)} send=${P} />`}
  `}function On({job:e,draft:t,put:s,fault:o}){let r=(i,c)=>{let l=u=>u===i?c:t.devices.includes(u);s("devices")(e.devices.filter(l))};return a`
    <details>
      <summary>${n("jobs.options")}</summary>
      <fieldset class="field">
        <legend>${n("jobs.devices")}</legend>
        ${e.devices.map(i=>a`
            <label class="row" key=${i} style=${{fontWeight:400}}>
              <input
                type="checkbox"
                checked=${t.devices.includes(i)}
                onChange=${c=>r(i,c.target.checked)}
              />
              ${" "}${i}
            </label>
          `)}
        ${t.devices.length===0&&a`<p class="fault">${n("jobs.devices_none")}</p>`}
      </fieldset>
      <${ft}
        value=${t.lifetime}
        change=${s("lifetime")}
        fault=${o("link_lifetime")}
      />
    </details>
  `}function Cn({preview:e,close:t,send:s}){let o=e?k("jobs.send_title",e.audience.size-e.audience.none):n("jobs.send");return a`
    <${V} title=${o} confirm=${n("jobs.send")} close=${t} act=${s}>
      <p>${n("jobs.send_text")}</p>
      <${so} preview=${e} />
    </${V}>
  `}function Pn(e){let[t,s]=b({}),o=async()=>{try{let[r,i]=await Promise.all([Z(`/api/jobs/${e.id}/message`),e.notifications>0?Z(`/api/jobs/${e.id}/notifications/${e.notifications}`):null]);s({message:r,last:i})}catch(r){s({error:r})}};return w(()=>{o()},[e.id]),[t,o,r=>s({last:r,message:Fe(r)})]}function oo({job:e,reload:t,lost:s}){let o=ue(e),[{message:r,last:i,error:c},l,u]=Pn(e),f=C(null);w(()=>{(i&&e.notifications>i.id||!i&&r&&e.notifications>0)&&l()},[e.notifications]);let m=async $=>{J(n("jobs.sending_now")),Bs(`/api/jobs/${e.id}/notifications/${$.id}`,$),u($),f.current=!0,t()};return w(()=>{f.current&&i&&document.getElementById(`notification-${i.id}`)?.focus(),f.current=null},[i?.id]),a`
    <${K}
      job=${e}
      title=${n("jobs.step_notify")}
      acts=${o&&a`<a class="button second" href=${`/jobs/${e.id}`}>${n("jobs.overview")}</a>`}
    >
      <${oe} job=${e} at="notify" />
      ${s}
      ${o?c?a`<${G} error=${c} again=${l} />`:r?a`
                  ${i&&a`
                      <section class="card">
                        <h2>${n("jobs.last_message")}</h2>
                        <${ht} key=${i.id} job=${e} id=${i.id} changed=${l} />
                      </section>
                    `}
                  <${Sn} key=${i?.id??0} job=${e} message=${r} sent=${m} />
                `:a`<div class="card"><${W} /></div>`:a`
              <div class="empty">
                <p>${n("jobs.not_yet_processed")}</p>
                <a class="button" href=${`/jobs/${e.id}/process`}>
                  ${n("jobs.step_process")}
                </a>
              </div>
            `}
    </${K}>
  `}var Ie=180,Gt=22,Vt=24,gt=40,no=12,Dn=200;function ro(e){let s=[1,2,5].flatMap(o=>[0,1,2,3,4,5,6].map(r=>o*10**r)).sort((o,r)=>o-r).find(o=>e/o<=3)??e;return Array.from({length:Math.floor(e/s)+1},(o,r)=>r*s)}var Kt=(e,t)=>new Intl.DateTimeFormat(void 0,t<1728e5?{hour:"numeric",minute:"2-digit"}:{day:"numeric",month:"short"}).format(e);function io({job:e}){let[{activity:t,sent:s},o]=b({}),r=C(),[i,c]=b(0),{active:l}=e.users;return w(()=>{let u=!0;return Promise.all([Z(`/api/jobs/${e.id}/activity`),Z(`/api/jobs/${e.id}/notifications`,{limit:Dn})]).then(([f,{items:m}])=>u&&o({activity:f,sent:m}),()=>{}),()=>{u=!1}},[e.id,l,e.notifications]),ze(()=>{let u=new ResizeObserver(([f])=>c(Math.floor(f.contentRect.width)));return u.observe(r.current),()=>u.disconnect()},[]),a`
    <figure class="figure" ref=${r}>
      ${t&&i?a`<${Tn} activity=${t} sent=${s} width=${i} />`:a`<span class="skeleton chart-place"></span>`}
    </figure>
  `}function Tn({activity:e,sent:t,width:s}){let o=e.points.map(d=>({at:Date.parse(d.at),active:d.active})),r=o[0].at,i=Math.max(o.at(-1).at-r,1),c=Math.max(o.at(-1).active,1),l=d=>gt+(d-r)*(s-gt-no)/i,u=d=>Ie-Vt-d*(Ie-Gt-Vt)/Math.max(ro(c).at(-1),c),f=o.map(d=>`${l(d.at).toFixed(1)},${u(d.active).toFixed(1)}`).join(" L"),m=Array.from({length:s<480?3:5},(d,p,v=s<480?2:4)=>r+i*p/v),$=d=>`${y(d.active)}, ${D(d.at)}`,_=`${n("jobs.chart_title")}: ${$(o[0])}; ${$(o.at(-1))}`;return a`
    <svg
      class="chart"
      viewBox=${`0 0 ${s} ${Ie}`}
      width=${s}
      height=${Ie}
      role="img"
      aria-label=${_}
    >
      ${ro(c).map(d=>a`
          <g key=${`y${d}`}>
            <line class="grid" x1=${gt} x2=${s-no} y1=${u(d)} y2=${u(d)} />
            <text x=${gt-8} y=${u(d)+4} text-anchor="end">${y(d)}</text>
          </g>
        `)}
      ${m.map((d,p)=>p>0&&Kt(d,i)===Kt(m[p-1],i)?null:a`
              <text
                key=${`x${p}`}
                x=${l(d)}
                y=${Ie-6}
                text-anchor=${p===0?"start":p===m.length-1?"end":"middle"}
              >
                ${Kt(d,i)}
              </text>
            `)}
      <path class="area" d=${`M${l(r)},${u(0)} L${f} L${l(o.at(-1).at)},${u(0)} Z`} />
      <path class="line" d=${`M${f}`} />
      ${t.map(d=>{let p=Math.min(Math.max(Date.parse(d.created_at),r),r+i),v=d.trigger==="reminder";return a`
          <g key=${`n${d.id}`}>
            <title>
              ${n(v?"jobs.chart_reminder":"jobs.chart_message",{id:d.id,at:D(p)})}
            </title>
            <line
              class=${`mark ${v?"reminder":""}`}
              x1=${l(p)}
              x2=${l(p)}
              y1=${Gt-8}
              y2=${Ie-Vt}
            />
            <circle class=${`dot ${v?"reminder":""}`} cx=${l(p)} cy=${Gt-12} r="6" />
          </g>
        `})}
    </svg>
    <figcaption>
      <ul class="bar-key">
        <li>
          <i data-tone="good"></i>
          ${n("jobs.chart_key_active")}
        </li>
        ${t.some(d=>d.trigger!=="reminder")&&a`
            <li>
              <i data-tone="info"></i>
              ${n("jobs.chart_key_message")}
            </li>
          `}
        ${t.some(d=>d.trigger==="reminder")&&a`
            <li>
              <i data-tone="warn"></i>
              ${n("jobs.chart_key_reminder")}
            </li>
          `}
        ${e.estimated&&a`<li>${n("jobs.chart_estimated")}</li>`}
      </ul>
    </figcaption>
  `}var En=()=>[{name:n("jobs.user"),head:!0,cell:e=>a`
      ${xe(e.username)}
      <span class="small under">${O(ce(e))}</span>
    `},{name:n("jobs.state"),beside:!0,cell:e=>a`<${F} kind="state" of=${e.state} />`},{name:n("jobs.last_message"),cell:({last_delivery:e})=>e?a`
            <span>
              ${e.notification?n("jobs.notification",{id:e.notification}):n("jobs.link")}${e.device?`, ${e.device}`:""}${" "}
              <span class="small">${D(e.at)}</span>
            </span>
          `:re()},{name:n("jobs.delivery"),cell:({last_delivery:e})=>e?a`
            <span>
              <${F} kind="delivery" of=${e.state} />
              ${e.reason&&a`
                  ${" "}
                  <span class="small">${be(e.reason)}</span>
                `}
            </span>
          `:re()},{name:n("jobs.row"),num:!0,wide:!0,cell:e=>y(e.row)}],ao=["",...we,"active","inactive","removed"];function qn(e,t){return e?null:t===""?"pending":we.includes(t)?t:null}var Ln=e=>e===""?n("jobs.all"):n(e==="unreached"?"jobs.audience_unreached":`jobs.state_${e}`),co=e=>({"":e.total,pending:e.pending,expired:e.expired,active:e.active,inactive:e.inactive||null}),An=({state:e})=>e&&e!=="inactive"&&e!=="removed";function lo({job:e}){let[t,s]=b(()=>({q:"",show:"",...Object.fromEntries(new URLSearchParams(location.search))})),o=ne(t.q.trim()),r=ao.includes(t.show)?t.show:"";w(()=>$e({q:o,show:r}),[o,r]);let i=r==="unreached"?{audience:r}:{state:r},c=Y(`/api/jobs/${e.id}/members`,{q:o,...i},{size:25}),l=co(e.users);return a`
    <section class="card">
      <div class="row between">
        <h2>${n("jobs.members")}</h2>
        <div class="row">
          <${Mn} job=${e} state=${i.state} />
          <${Fn} job=${e} audience=${qn(o,r)} pages=${c} />
        </div>
      </div>
      <form class="filters" role="search" onSubmit=${u=>u.preventDefault()}>
        <div class="field">
          <label for="q">${n("jobs.search_user")}</label>
          <input
            id="q"
            type="search"
            value=${t.q}
            onInput=${u=>s({...t,q:u.target.value})}
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
          />
        </div>
      </form>
      <${le}
        label=${n("jobs.state")}
        value=${r}
        choose=${u=>s({...t,show:u})}
        of=${ao.map(u=>({value:u,name:Ln(u),count:l[u]}))}
      />
      <${ee}
        turn
        pages=${c}
        caption=${n("jobs.members")}
        columns=${En()}
        id=${u=>u.username}
        none=${a`
          <div class="empty">
            <p>${n(o||r?"jobs.members_not_found":"jobs.members_none")}</p>
          </div>
        `}
      />
    </section>
  `}var Mn=({job:e,state:t})=>a`
  <${Le}
    kind="second compact"
    path=${`/api/jobs/${e.id}/files/members`}
    query=${t?{state:t}:void 0}
  >
    ${n(t?"jobs.export_some":"jobs.export")}
  </${Le}>
`;function Fn({job:e,audience:t,pages:s}){let o=(s.items??[]).filter(An).map(c=>c.username),r=t?co(e.users)[t]===0:s.busy||o.length===0;return a`
    <${x} kind="compact" disabled=${r} onClick=${()=>{t||mt(e.id,o),X(`/jobs/${e.id}/notify?audience=${t??"named"}`)}}>
      ${t?n(`jobs.renotify_${t}`):k("jobs.renotify",o.length)}
    </${x}>
  `}var Qt=["24h","48h","72h","168h"];function In({job:e,texts:t,change:s,error:o}){let[r,i]=b(!1),[c,l]=b(null),u=t??c,[f,{error:m}]=H(async()=>l(Fe(await Z(`/api/jobs/${e.id}/message`)))),$=_=>Q(o,_);return w(()=>{ke.some($)&&i(!0)},[o]),a`
    <details
      open=${r}
      onToggle=${_=>{i(_.target.open),_.target.open&&!u&&f()}}
    >
      <summary>${n("jobs.reminders_change_text")}</summary>
      ${u?a`
              <${bt}
                texts=${u}
                put=${_=>d=>s({...u,[_]:d})}
                fault=${$}
              />
            `:m?a`<${G} error=${m} again=${f} />`:a`<${W} lines=${3} />`}
    </details>
  `}function uo({job:e,reload:t}){let{reminders:s}=e,[o,r,i]=Te(`reminders:${e.id}`,{every:s?.every??"48h",maximum:String(s?.maximum??3),audience:s?.audience??"pending",texts:null,open:!1}),c=($,_)=>r(d=>({...d,[$]:_})),l=`/api/jobs/${e.id}/reminders`,[u,f]=H(async()=>{await E("DELETE",l,{}),i(),await t(),J(n("jobs.reminders_off"))}),m=async()=>{i(),await t(),c("open",!1),J(n("jobs.reminders_on"))};return a`
    <section class="card">
      <h2>${n("jobs.reminders")}</h2>
      ${s?a`<${Nn} reminders=${s} />`:a`<p class="quiet">${n("jobs.reminders_none")}</p>`}
      ${o.open?a`<${Rn} job=${e} path=${l} draft=${o} put=${c} saved=${m} />`:a`
              <div class="row">
                <button type="button" class="second" onClick=${()=>c("open",!0)}>
                  ${n(s?"jobs.reminders_change":"jobs.reminders_set")}
                </button>
                ${s&&a`
                    <${x} kind="plain" busy=${f.busy} onClick=${u}>
                      ${n("jobs.reminders_stop")}
                    </${x}>
                  `}
              </div>
              <${U} error=${f.error} />
            `}
    </section>
  `}function Nn({reminders:e}){let{every:t,audience:s,subject:o,sent:r,maximum:i,next_at:c}=e,l=r<i?n("jobs.reminders_wait"):"";return a`
    <p>
      ${n("jobs.reminders_are",{every:R(B(t)),audience:n(`jobs.audience_${s}`)})}
    </p>
    <p class="quiet">${n("jobs.subject")}: ${O(o)}</p>
    <p class="quiet">
      ${k("jobs.reminders_sent",r,{maximum:y(i)})}${" "}
      ${c?n("jobs.reminders_next",{at:D(c)}):l}
    </p>
  `}function Rn({job:e,path:t,draft:s,put:o,saved:r}){let{every:i,maximum:c,audience:l}=s,u=s.texts??(e.reminders&&Fe(e.reminders)),[f,{busy:m,error:$}]=H(async()=>{await E("PUT",t,{every:i,maximum:Number(c),audience:l,...u}),await r()}),_=Qt.includes(i)?Qt:[i,...Qt];return a`
    <form
      novalidate
      aria-busy=${m?"true":void 0}
      onSubmit=${d=>{d.preventDefault(),f()}}
    >
      <${L}
        id="every"
        label=${n("jobs.every")}
        hint=${n("jobs.every_hint")}
        fault=${Q($,"every")}
      >
        ${d=>a`
          <select
            ...${d}
            value=${s.every}
            onChange=${p=>o("every",p.target.value)}
          >
            ${_.map(p=>a`<option key=${p} value=${p}>${R(B(p))}</option>`)}
          </select>
        `}
      </${L}>
      <${L}
        id="maximum"
        label=${n("jobs.maximum")}
        fault=${Q($,"maximum")}
      >
        ${d=>a`
          <input
            ...${d}
            type="number"
            min="1"
            max="20"
            value=${s.maximum}
            onInput=${p=>o("maximum",p.target.value)}
          />
        `}
      </${L}>
      <${L}
        id="reminded"
        label=${n("jobs.to_whom")}
        fault=${Q($,"audience")}
      >
        ${d=>a`
          <select
            ...${d}
            value=${s.audience}
            onChange=${p=>o("audience",p.target.value)}
          >
            ${we.map(p=>a`
                <option key=${p} value=${p}>${n(`jobs.audience_${p}`)}</option>
              `)}
          </select>
        `}
      </${L}>
      <${In}
        job=${e}
        texts=${u}
        change=${d=>o("texts",d)}
        error=${$}
      />
      <p class="small">${n("jobs.reminders_text")}</p>
      <${U}
        error=${qe($,"every","maximum","audience",...ke)}
      />
      <div class="row">
        <button type="submit">${n("jobs.save")}</button>
        <button type="button" class="second" onClick=${()=>o("open",!1)}>
          ${n("jobs.cancel")}
        </button>
      </div>
    </form>
  `}function Un({job:e}){let[t,s]=b(3),o=Array.from({length:Math.min(t,e.notifications)},(r,i)=>e.notifications-i);return a`
    <section class="card">
      <h2>${n("jobs.notifications")}</h2>
      ${e.notifications===0?a`
              <div class="empty">
                <p>${n("jobs.notifications_none")}</p>
                <a class="button" href=${`/jobs/${e.id}/notify`}>${n("jobs.notify_now")}</a>
              </div>
            `:o.map((r,i)=>a`
                ${i>0&&a`<hr key=${`line ${r}`} />`}
                <${ht} key=${r} job=${e} id=${r} />
              `)}
      ${e.notifications>t&&a`
          <div class="more">
            <${x} kind="second" onClick=${()=>s(t+5)}>
              ${n("jobs.earlier_ones")}
            </${x}>
          </div>
        `}
    </section>
  `}function Bn({job:e}){let[t,s]=b(!1);return a`
    <section class="card">
      <h2>${n("jobs.delete")}</h2>
      <p class="quiet">${n("jobs.delete_text")}</p>
      <div class="row">
        <button type="button" class="danger" onClick=${()=>s(!0)}>
          ${n("jobs.delete_this")}
        </button>
      </div>
      ${t&&a`
          <${V}
            title=${n("jobs.delete_title",{name:e.name})}
            kind="danger"
            confirm=${n("jobs.delete_this")}
            close=${()=>s(!1)}
            act=${async()=>{await E("DELETE",`/api/jobs/${e.id}`,{}),J(n("jobs.deleted",{name:e.name})),X("/jobs")}}
          >
            <p>${n("jobs.delete_text")}</p>
          </${V}>
        `}
    </section>
  `}function mo({job:e,reload:t,lost:s}){let{users:o}=e,r=ue(e)&&o;return a`
    <${K}
      job=${e}
      title=${n("jobs.overview")}
      acts=${r&&a`<a class="button" href=${`/jobs/${e.id}/notify`}>${n("jobs.notify_now")}</a>`}
    >
      <${oe} job=${e} />
      ${s}
      ${r?a`
              <div class="cards wide">
                <section class="card">
                  <h2>${n("jobs.who_acted")}</h2>
                  ${o.total>0?a`
                          <p>
                            ${k("jobs.active_of",o.active,{total:y(o.total),percent:ge(o.active,o.total)})}${o.undeliverable>0?` ${k("jobs.undeliverable",o.undeliverable)}`:""}
                          </p>
                          <${Ee} users=${o} />
                          <${io} job=${e} />
                        `:a`<p>${n("jobs.no_users")}</p>`}
                  <p class="small">${n("jobs.as_of",{at:D(o.as_of)})}</p>
                </section>
                <${uo} job=${e} reload=${t} />
              </div>
              <${Un} job=${e} />
              <${lo} job=${e} />
            `:a`
              <div class="empty">
                <p>${n("jobs.not_yet_processed")}</p>
                <a class="button" href=${ut(e)}>${n(`jobs.step_${Ae(e)}`)}</a>
              </div>
            `}
      <${Bn} job=${e} />
    </${K}>
  `}function zn({job:e}){let{processed:t,valid:s}=e.rows,o=dt(t??0,s);return a`
    <section class="card">
      <h2>${n("jobs.processing")}</h2>
      <${_e}
        value=${t??0}
        whole=${s}
        label=${k("jobs.processed_of",t??0,{whole:y(s)})}
        text=${o}
      />
      <p class="small">${n("jobs.may_leave")}</p>
    </section>
  `}function fo({job:e,reload:t,lost:s}){let{status:o,rows:r,users:i}=e,[c,{busy:l,error:u}]=H(async()=>{await E("POST",`/api/jobs/${e.id}/process`,{}),await t()}),f=ue(e);return a`
    <${K}
      job=${e}
      title=${n("jobs.step_process")}
      acts=${f&&a`<a class="button second" href=${`/jobs/${e.id}`}>${n("jobs.overview")}</a>`}
    >
      <${oe} job=${e} at="process" />
      ${s}
      ${o==="validated"&&a`
          <section class="card">
            <p>${k("jobs.go_on",r.valid)}</p>
            <${U} error=${u} />
            <div class="row">
              <a class="button second" href=${`/jobs/${e.id}/validate`}>${n("jobs.back")}</a>
              <${x} busy=${l} onClick=${c}>
                ${k("jobs.process_rows",r.valid)}
              </${x}>
            </div>
          </section>
        `}
      ${r.total==null&&a`
          <div class="empty">
            <p>${n("jobs.not_yet_read")}</p>
            <a class="button" href=${`/jobs/${e.id}/validate`}>${n("jobs.step_validate")}</a>
          </div>
        `}
      ${o==="processing"&&a`<${zn} job=${e} />`}
      ${o==="failed"&&a`
          <div class="note" data-tone="warn">
            <p>${k("jobs.failed_rows",r.failed)}</p>
            <${U} error=${u} />
            <div class="row">
              <${x} kind="second compact" busy=${l} onClick=${c}>
                ${n("jobs.try_failed")}
              </${x}>
            </div>
          </div>
        `}
      ${r.processed!=null&&a`
          <${lt}
            of=${["added","updated","unchanged","removed","failed"].map(m=>[n(`jobs.outcome_${m}`),r[m]])}
          />
        `}
      ${f&&i&&a`
          <section class="card">
            <h2>${n("jobs.who_acted")}</h2>
            ${i.total>0?a`
                    <p>
                      ${k("jobs.active_of",i.active,{total:y(i.total),percent:ge(i.active,i.total)})}
                    </p>
                    <${Ee} users=${i} />
                  `:a`<p>${n("jobs.no_users")}</p>`}
            <p class="small">${n("jobs.finished",{at:D(e.finished_at)})}</p>
          </section>
          <div class="row">
            <a class="button" href=${`/jobs/${e.id}/notify`}>${n("jobs.continue_notify")}</a>
            ${r.invalid>0&&a`
                <a class="button second" href=${`/jobs/${e.id}/validate`}>
                  ${k("jobs.see_invalid",r.invalid)}
                </a>
              `}
          </div>
        `}
    </${K}>
  `}function Hn(e){let[,t]=b(0);return w(()=>{let s=()=>t(o=>o+1);return addEventListener("transferred",s),()=>removeEventListener("transferred",s)},[]),Wt(e)}function Jn({job:e}){let t=Hn(e.id),[s,o]=b(),r=Zs(e.id);if(t?.state==="going"||t?.state==="done"){let{loaded:i,total:c,since:l,state:u}=t,f=(Date.now()-l)*(c-i)/Math.max(i,1)/1e3;return a`
      <${_e}
        value=${i}
        whole=${c}
        label=${u==="done"?n("jobs.uploaded"):n("jobs.uploading")}
        text=${u==="done"?n("jobs.waiting_read"):i>0?n("jobs.left",{time:R(f)}):Ge(c)}
      />
    `}return a`
    ${t?.state==="broken"&&a`<div role="alert" class="problem"><p>${n("jobs.upload_broken")}</p></div>`}
    ${r?a`
            <p>${n("jobs.upload_again",{until:D(r.expires_at)})}</p>
            <${$t}
              fault=${s}
              choose=${i=>{let c=We(i)??(i.name===e.file_name?void 0:n("jobs.file_other",{name:e.file_name}));o(c),c||_t(e.id,r,i)}}
            />
          `:a`<p>${n("jobs.upload_elsewhere")}</p>`}
    <div class="row"><${Me} job=${e} /></div>
  `}function $o({job:e,lost:t}){let s=e.status==="awaiting_file",[o]=b(()=>s||Wt(e.id)!==void 0);return w(()=>{!o||s||(Xs(e.id),X(`/jobs/${e.id}/validate`,{replace:!0}))},[s]),a`
    <${K} job=${e} title=${n("jobs.step_upload")}>
      <${oe} job=${e} at="upload" />
      ${t}
      <section class="card">
        ${s?a`
                <h2>${O(e.file_name)}</h2>
                <${Jn} job=${e} />
              `:a`
                <h2>${n("jobs.file_came")}</h2>
                <dl>
                  <dt>${n("jobs.file")}</dt>
                  <dd>${O(e.file_name)}</dd>
                  <dt>${n("jobs.devices")}</dt>
                  <dd>${e.devices.join(", ")}</dd>
                  <dt>${n("jobs.lifetime")}</dt>
                  <dd>${R(B(e.link_lifetime))}</dd>
                </dl>
                <div class="row">
                  <a
                    class="button"
                    href=${`/jobs/${e.id}/${Ae(e)==="process"?"process":"validate"}`}
                  >
                    ${n("jobs.continue")}
                  </a>
                  <a class="button second" href="/jobs/new">${n("jobs.new")}</a>
                </div>
              `}
      </section>
    </${K}>
  `}var Wn=()=>[{name:n("jobs.row"),head:!0,num:!0,cell:e=>y(e.row)},{name:n("jobs.level"),beside:!0,cell:e=>a`<${F} kind="level" of=${e.level} />`},{name:n("jobs.column"),cell:e=>O(e.column)??"–"},{name:n("jobs.what"),cell:e=>a`<span lang="en" dir="ltr">${e.message}</span>`},{name:n("jobs.value"),cell:e=>e.value?a`<code dir="auto">${e.value}</code>`:re()}];function Gn({job:e}){let[t,s]=b(""),o=Y(`/api/jobs/${e.id}/errors`,{level:t},{size:20});return a`
    <section class="card">
      <div class="row between">
        <h2>${n("jobs.issues")}</h2>
        ${e.rows.invalid>0&&a`
            <${Le} kind="second compact" path=${`/api/jobs/${e.id}/files/errors`}>
              ${n("jobs.download_errors")}
            </${Le}>
          `}
      </div>
      <p class="quiet">
        ${e.rows.invalid>0?n("jobs.issues_text"):n("jobs.issues_none_text")}
      </p>
      <${le}
        label=${n("jobs.level")}
        value=${t}
        choose=${s}
        of=${["","error","warning"].map(r=>({value:r,name:n(`jobs.levels_${r||"all"}`)}))}
      />
      <${ee}
        turn
        pages=${o}
        caption=${n("jobs.issues")}
        columns=${Wn()}
        none=${a`<div class="empty"><p>${n(`jobs.issues_no_${t||"all"}`)}</p></div>`}
      />
    </section>
  `}var Vn=()=>[{name:n("jobs.user"),head:!0,cell:e=>O(e.username)},{name:n("jobs.operation"),beside:!0,cell:e=>a`<${F} kind="operation" of=${e.operation} />`},{name:n("jobs.row"),num:!0,cell:e=>y(e.row)},{name:n("jobs.change"),cell:e=>{let t=Object.entries(e.changes??{});return t.length===0?re():t.length<=Kn?po(t):a`
              <details class="inline">
                <summary>${k("jobs.fields",t.length)}</summary>
                ${po(t)}
              </details>
            `}}],Kn=3,po=e=>a`
  <ul class="changes">
    ${e.map(([t,[s,o]])=>a`
        <li key=${t}>
          <span class="quiet">${O(t)}:</span>
          ${" "}${Zt(s)&&a`<del dir="auto">${Zt(s)}</del> → `}
          <ins dir="auto">${Zt(o)||n("jobs.cleared")}</ins>
        </li>
      `)}
  </ul>
`,Zt=e=>Array.isArray(e)?e.join(", "):e==null?"":String(e),_o=["remove","update","add","unchanged"];function Qn({job:e}){let t=e.rows.planned,[s,o]=b(()=>t?_o.find(i=>t[i]>0)??"":""),r=Y(`/api/jobs/${e.id}/changes`,{operation:s},{size:20});return a`
    <section class="card">
      <h2>${n("jobs.changes")}</h2>
      <${le}
        label=${n("jobs.operation")}
        value=${s}
        choose=${o}
        of=${[..._o.map(i=>({value:i,name:n(`jobs.operation_${i}`),count:t?.[i]})),{value:"",name:n("jobs.all")}]}
      />
      ${s==="remove"&&t?.remove>0&&a`
          <div class="note" data-tone="bad">
            <p>${k("jobs.removals",t.remove)}</p>
          </div>
        `}
      <${ee}
        turn
        pages=${r}
        caption=${n("jobs.changes")}
        columns=${Vn()}
        id=${i=>i.row}
        none=${a`<div class="empty"><p>${n("jobs.changes_none")}</p></div>`}
      />
    </section>
  `}function Zn({job:e}){let[t,s]=b(Date.now()),[o]=b(t);w(()=>{let c=setInterval(()=>s(Date.now()),1e3);return()=>clearInterval(c)},[]);let{processed:r,total:i}=e.rows;return a`
    <section class="card">
      <h2>${n("jobs.reading")}</h2>
      <${_e}
        label=${n("jobs.reading_text")}
        text=${n("jobs.since",{time:R((t-o)/1e3)})}
        value=${r}
        whole=${i}
      />
    </section>
  `}function bo({job:e,reload:t,lost:s}){let{status:o,rows:r}=e,[i,{busy:c,error:l}]=H(async()=>{await E("POST",`/api/jobs/${e.id}/process`,{}),await t(),X(`/jobs/${e.id}/process`)}),u=r.total!=null;return a`
    <${K} job=${e} title=${n("jobs.step_validate")}>
      <${oe} job=${e} at="validate" />
      ${s}
      ${o==="awaiting_file"&&a`
          <div class="empty">
            <p>${n("jobs.no_file")}</p>
            <a class="button" href=${`/jobs/${e.id}/upload`}>${n("jobs.step_upload")}</a>
          </div>
        `}
      ${o==="validating"&&a`<${Zn} job=${e} />`}
      ${o==="rejected"&&a`
          <div class="note" data-tone="bad">
            <h2 tabindex="-1">${n("jobs.rejected")}</h2>
            <p lang="en" dir="ltr">${e.rejected_reason}</p>
            <p>${n("jobs.rejected_text")}</p>
          </div>
          <div class="row">
            <${Me} job=${e} kind="">${n("jobs.another_file")}</${Me}>
          </div>
          <p></p>
        `}
      ${u&&a`
          <${lt}
            of=${[[n("jobs.rows"),r.total],[n("jobs.valid"),r.valid],[n("jobs.invalid"),r.invalid],...r.planned?[[n("jobs.planned_add"),r.planned.add],[n("jobs.planned_update"),r.planned.update],[n("jobs.planned_unchanged"),r.planned.unchanged],[n("jobs.planned_remove"),r.planned.remove]]:[]]}
          />
        `}
      ${o==="validated"&&a`
          <section class="card">
            <div class="row between">
              <p>
                ${r.invalid>0?k("jobs.go_on_good",r.valid,{invalid:y(r.invalid)}):k("jobs.go_on",r.valid)}
              </p>
              <div class="row">
                <${Me} job=${e} />
                <${x} busy=${c} onClick=${i}>
                  ${k("jobs.process_rows",r.valid)}
                </${x}>
              </div>
            </div>
            <${U} error=${l} />
          </section>
        `}
      ${u&&a`<${Gn} job=${e} />`}
      ${o==="validated"&&a`<${Qn} job=${e} />`}
      ${(ue(e)||o==="processing")&&a`
          <p>
            <a class="button" href=${`/jobs/${e.id}/process`}>${n("jobs.continue")}</a>
          </p>
        `}
    </${K}>
  `}var Xn={upload:$o,validate:bo,process:fo,notify:oo},Yn={awaiting_file:1e3,validating:500,processing:500,processed:4e3,failed:4e3};function Xt({id:e,step:t}){let s=`/api/jobs/${encodeURIComponent(e)}`,{value:o,error:r,reload:i}=pe(s,({status:u})=>Yn[u]??null);if(!o){let u=a`<a href="/jobs">${n("jobs.title")}</a>`;return a`
      <${T} title=${n("jobs.job")} crumb=${u}>
        ${r?a`<${G} error=${r} again=${i} />`:a`<div class="card"><${W} /></div>`}
      </${T}>
    `}let c=r&&a`
      <p class="note" data-tone="warn" role="status">
        ${r.status===404?n("jobs.job_gone"):n("jobs.lost")}
      </p>
    `,l=t?Xn[t]:mo;return a`<${l} job=${o} reload=${i} lost=${c} />`}var ho=e=>new Intl.DisplayNames(document.documentElement.lang,{type:"language"}).of(e);function er(e,t){let s=t.find(({tag:o,name:r})=>e===o||e===r);return s?ho(s.tag):e}var Se=e=>R(B(e)),Oe=({id:e,title:t,of:s,children:o})=>a`
  <section class="card" aria-labelledby=${e}>
    <h2 id=${e}>${t}</h2>
    <dl>
      ${s.map(([r,i])=>a`
          <dt key=${r}>${r}</dt>
          <dd>${O(i)??n("records.not_set")}</dd>
        `)}
    </dl>
    ${o}
  </section>
`;function tr({of:e,settings:t}){let{email:s,email_note:o}=t,r=s?[!s.production&&n("records.sandbox"),!s.sending_enabled&&n("records.sending_off")].filter(Boolean):[n("records.email_unknown")];return a`
    <${Oe}
      id="email"
      title=${n("records.email")}
      of=${[...e,...s?[[n("records.quota"),s.max_24_hour_send===null?n("records.no_limit"):k("records.emails",s.max_24_hour_send)],[n("records.sent_today"),y(s.sent_last_24_hours)],[n("records.rate"),s.max_send_rate?k("records.per_second",s.max_send_rate):n("records.no_limit")]]:[]]}
    >
      ${r.length>0&&a`
          <div class="note" data-tone="warn" title=${o??void 0}>
            ${r.map(i=>a`<p key=${i}>${i}</p>`)}
          </div>
        `}
    </${Oe}>
  `}function go(){let{value:e,error:t,reload:s}=pe("/api/settings",()=>null);if(!e)return a`
      <${T} title=${n("records.settings")} under=${n("records.settings_text")}>
        ${t?a`<${G} error=${t} again=${s} />`:a`<div class="card"><${W} /></div>`}
      </${T}>
    `;let{limits:o,sms:r}=e,i=(c,l)=>n("records.from_to",{from:Se(c),to:Se(l)});return a`
    <${T} title=${n("records.settings")} under=${n("records.settings_text")}>
      <div class="cards two">
        <${Oe}
          id="deployment"
          title=${n("records.deployment")}
          of=${[[n("records.company"),e.company],[n("records.support"),e.support_contact],[n("records.base_url"),e.base_url],[n("records.app_url"),e.app_url],[n("records.language"),er(e.language,e.languages)],[n("records.languages"),e.languages.map(({tag:c})=>ho(c)).join(", ")],[n("records.time_zone"),Ve(e.time_zone)]]}
        />
        <${tr}
          settings=${e}
          of=${[[n("records.sender"),e.sender],[n("records.reply_to"),e.reply_to]]}
        />
        <${Oe}
          id="links"
          title=${n("records.links")}
          of=${[[n("records.link_lifetime"),Se(o.link_lifetime)],[n("records.link_range"),i(o.link_lifetime_minimum,o.link_lifetime_maximum)],[n("records.reset_lifetime"),Se(o.reset_lifetime)],[n("records.code_lifetime"),Se(o.code_lifetime)],[n("records.renew_gap"),Se(o.renew_gap)],[n("records.forgot"),k("records.per_hour",o.forgot_per_hour)]]}
        />
        <${Oe}
          id="access"
          title=${n("records.access")}
          of=${[[n("records.password"),n("records.password_range",{from:y(o.password_minimum),to:y(o.password_maximum)})],[n("records.session_lifetime"),Se(o.session_lifetime)]]}
        />
        <${Oe}
          id="devices"
          title=${n("records.devices")}
          of=${[...e.devices.map(c=>[c.name,[n(`jobs.channel_${c.channel}`)||n("records.channel_voice"),c.default&&n("records.by_default")].filter(Boolean).join(", ")]),[n("records.countries"),r.countries.join(", ")||n("records.all_countries")],[n("records.segments"),y(r.max_segments)]]}
        />
        <${Oe}
          id="file"
          title=${n("records.file")}
          of=${[[n("records.file_size"),wt(o.file_bytes)],[n("records.file_rows"),y(o.file_rows)],[n("records.row_size"),wt(o.row_bytes)],[n("records.custom_fields"),e.custom_fields.join(", ")||n("records.none")]]}
        />
      </div>
    </${T}>
  `}var sr=e=>`/api/users/${encodeURIComponent(e)}`,or=({of:e})=>a`
  <dl>
    ${e.filter(([,t])=>t!=null&&t!=="").map(([t,s])=>a`
          <dt key=${t}>${t}</dt>
          <dd>${O(s)}</dd>
        `)}
  </dl>
`;function vt({name:e,path:t,done:s,question:o,text:r,kind:i="second"}){let[c,l]=b(!1),u=C(),f=async()=>{u.current??=Ce(),await E("POST",t,{},{"Idempotency-Key":u.current}),u.current=null,J(s.said),l(!1),s.reload()},[m,{busy:$,error:_}]=H(f);return o?a`
    <button type="button" class=${i} onClick=${()=>l(!0)}>${e}</button>
    ${c&&a`
        <${V} title=${o} confirm=${e} close=${()=>l(!1)} act=${f}>
          <p>${r}</p>
        </${V}>
      `}
  `:a`
      <div>
        <${x} kind=${i} busy=${$} onClick=${m}>${e}</${x}>
        <${U} error=${_} />
      </div>
    `}var nr=({user:e,path:t,reload:s})=>a`
  <section class="card" aria-labelledby="devices">
    <h2 id="devices">${n("records.devices")}</h2>
    ${e.devices.length===0?a`<p class="quiet">${n("records.devices_none")}</p>`:a`
            <${Je}
              caption=${n("records.devices")}
              items=${e.devices}
              id=${o=>o.name}
              columns=${[{name:n("records.device"),head:!0,cell:o=>o.name},{name:n("records.address"),cell:o=>O(o.address)},{name:n("records.state"),cell:o=>a`
                    <span class="row">
                      ${o.state==="undeliverable"?a`
                              <span class="badge" data-tone="bad">
                                ${n("records.device_undeliverable")}
                              </span>
                            `:o.status==="INACTIVE"?a`<span class="badge">${n("records.device_off")}</span>`:a`
                                <span class="badge" data-tone="good">
                                  ${n("records.device_ok")}
                                </span>
                              `}
                      ${o.state==="undeliverable"&&a`
                          ${o.reason&&a`<span class="small">${be(o.reason)}</span>`}
                          <${vt}
                            kind="second compact"
                            name=${n("records.clear")}
                            path=${`${t}/devices/${encodeURIComponent(o.name)}/clear`}
                            done=${{said:n("records.cleared",{device:o.name}),reload:s}}
                            question=${n("records.clear_title",{device:o.name})}
                            text=${n("records.clear_text")}
                          />
                        `}
                    </span>
                  `}]}
            />
          `}
  </section>
`,rr=({user:e})=>a`
  <section class="card" aria-labelledby="deliveries">
    <h2 id="deliveries">${n("records.deliveries")}</h2>
    ${e.deliveries.length===0?a`<p class="quiet">${n("records.deliveries_none")}</p>`:a`
            <${Je}
              caption=${n("records.deliveries")}
              items=${e.deliveries}
              columns=${[{name:n("records.message"),head:!0,cell:t=>t.job?a`<a href=${`/jobs/${t.job}`}>${Pe("kind",t.kind)}</a>`:Pe("kind",t.kind)},{name:n("records.device"),cell:t=>t.device??"–"},{name:n("records.delivery"),cell:t=>a`
                    <span class="row">
                      <${F} kind="delivery" of=${t.state} />
                      ${t.reason&&a`<span class="small">${be(t.reason)}</span>`}
                    </span>
                  `},{name:n("records.at"),cell:t=>a`<span class="nowrap">${D(t.at)}</span>`}]}
            />
          `}
  </section>
`,ir=({user:e})=>a`
  <section class="card" aria-labelledby="jobs">
    <h2 id="jobs">${n("records.jobs")}</h2>
    ${e.jobs.length===0?a`<p class="quiet">${n("records.jobs_none")}</p>`:a`
            <${Je}
              caption=${n("records.jobs")}
              items=${e.jobs}
              id=${t=>t.id}
              columns=${[{name:n("records.job"),head:!0,cell:t=>a`<a dir="auto" href=${`/jobs/${t.id}`}>${t.name}</a>`},{name:n("records.row"),num:!0,cell:t=>y(t.row)},{name:n("records.outcome"),cell:t=>a`<${F} kind="outcome" of=${t.outcome} />`},{name:n("records.at"),cell:t=>a`<span class="nowrap">${D(t.at)}</span>`}]}
            />
          `}
  </section>
`;function vo({username:e}){let t=sr(e),{value:s,error:o,reload:r}=pe(t,()=>4e3),i=a`<a href="/users">${n("records.users")}</a>`;if(!s)return a`
      <${T} title=${n("records.user")} name=${e} crumb=${i}>
        ${o?a`<${G} error=${o} again=${r} />`:a`<div class="card"><${W} /></div>`}
      </${T}>
    `;let c=s.state!=="inactive"&&s.state!=="removed";return a`
    <${T}
      title=${n("records.user")}
      name=${ce(s)||s.username}
      crumb=${i}
      under=${a`
        <${F} kind="state" of=${s.state} />
        ${" "}
        ${O(s.username)}
      `}
      acts=${a`
        ${c&&a`
            <${vt}
              kind=""
              name=${n("records.resend")}
              path=${`${t}/notifications`}
              done=${{said:n("records.resent"),reload:r}}
              question=${n("records.resend_title",{username:s.username})}
              text=${s.state==="active"?n("records.resend_text_active"):n("records.resend_text")}
            />
          `}
        <${vt}
          name=${n("records.end_sessions")}
          path=${`${t}/sign-out`}
          done=${{said:n("records.sessions_ended"),reload:r}}
          question=${n("records.end_sessions_title",{username:s.username})}
          text=${n("records.end_sessions_text")}
        />
      `}
    >
      ${o&&a`
          <p class="note" data-tone="warn" role="status">
            ${o.status===404?n("records.user_gone"):n("jobs.lost")}
          </p>
        `}
      ${s.locked_until&&a`
          <div class="note row between" data-tone="warn">
            <p>${n("records.locked",{until:D(s.locked_until)})}</p>
            <${vt}
              kind="second compact"
              name=${n("records.unlock")}
              path=${`${t}/unlock`}
              done=${{said:n("records.unlocked"),reload:r}}
            />
          </div>
        `}
      <div class="cards wide">
        <div>
          <${nr} user=${s} path=${t} reload=${r} />
          <${rr} user=${s} />
          <${ir} user=${s} />
        </div>
        <section class="card" aria-labelledby="profile">
          <h2 id="profile">${n("records.profile")}</h2>
          <${or}
            of=${[[n("records.username"),s.username],[n("records.name"),ce(s)],[n("records.roles"),s.roles.join(", ")||n("records.roles_none")],[n("records.state"),n(`jobs.state_${s.state}`)],[n("records.activated_at"),s.activated_at&&D(s.activated_at)],[n("records.link_sent"),s.link&&D(s.link.sent_at)],[n("records.link_until"),s.link&&D(s.link.expires_at)],[n("records.language"),s.language],[n("records.time_zone"),Ve(s.time_zone)],...Object.entries(s.fields)]}
          />
          <p class="small">
            <a href=${`/audit?username=${encodeURIComponent(s.username)}`}>
              ${n("records.see_audit")}
            </a>
          </p>
        </section>
      </div>
    </${T}>
  `}var ar=()=>[{name:n("records.username"),head:!0,cell:e=>xe(e.username)},{name:n("records.name"),cell:e=>O(ce(e))||null},{name:n("records.state"),beside:!0,cell:e=>a`<${F} kind="state" of=${e.state} />`},{name:n("records.roles"),cell:e=>e.roles.join(", ")||null}];function yo(){let[e,t]=b(()=>new URLSearchParams(location.search).get("q")??""),s=ne(e.trim());w(()=>$e({q:s}),[s]);let o=Y("/api/users",{q:s});return a`
    <${T} title=${n("records.users")}>
      <section class="card" aria-label=${n("records.users")}>
        <form class="filters" role="search" onSubmit=${r=>r.preventDefault()}>
          <div class="field">
            <label for="q">${n("records.find")}</label>
            <input
              id="q"
              type="search"
              value=${e}
              onInput=${r=>t(r.target.value)}
              autocomplete="off"
              autocapitalize="none"
              spellcheck="false"
              aria-describedby="q-hint"
            />
            <p class="small" id="q-hint">${n("records.find_hint")}</p>
          </div>
        </form>
        <${ee}
          pages=${o}
          caption=${n("records.users")}
          columns=${ar()}
          id=${r=>r.username}
          none=${a`
            <div class="empty">
              <p>${s?n("records.users_not_found"):n("records.users_none")}</p>
            </div>
          `}
        />
      </section>
    </${T}>
  `}var jo={"/jobs":Ks,"/jobs/new":Ys,"/jobs/{id}":Xt,"/jobs/{id}/{step}":Xt,"/users":yo,"/users/{username}":vo,"/audit":Js,"/settings":go};function xo(){us();let e=document.getElementById("app");e.replaceChildren(),At(a`<${cr} />`,e)}function cr(){let e=Object.keys(jo),t=Ns(e);ze(()=>ds(t.path),[t.path]);let s=Ut(e,t.path);return a`<${jo[s.pattern]} key=${t.number} ...${s.values} />`}is();xo();
