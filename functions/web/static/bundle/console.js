var kt;function ss(e){kt=e}var y=e=>e==null?"–":new Intl.NumberFormat().format(e);function we(e,t){return t?e===t?100:e>0?Math.min(99,Math.max(1,Math.round(e*100/t))):0:0}function D(e){return e?new Intl.DateTimeFormat(void 0,{dateStyle:"medium",timeStyle:"short"}).format(new Date(e)):"–"}function os(e){let t=new Intl.DateTimeFormat(void 0,{dateStyle:"long",timeStyle:"short"});return e&&t.format(new Date(e))}var jt=(e,t,s)=>new Intl.NumberFormat(kt,{style:"unit",unit:t,...s}).format(e),zo=[["day",86400],["hour",3600],["minute",60],["second",1]];function H(e){let t=Math.max(0,Math.round(e)),s=[];for(let[o,r]of zo){let i=Math.floor(t/r);if(t-=i*r,i>0&&s.push(jt(i,o,{unitDisplay:"long"})),s.length===2||s.length===1&&i===0)break}return s.length===0?jt(0,"second",{unitDisplay:"long"}):new Intl.ListFormat(kt,{type:"unit"}).format(s)}var Ho={h:3600,m:60,s:1,ms:.001};function V(e){let t=0;for(let[,s,o]of String(e??"").matchAll(/([\d.]+)(h|ms|m|s)/g))t+=s*Ho[o];return t}var wt=[["gigabyte",1e9],["megabyte",1e6],["kilobyte",1e3],["byte",1]];function Ke(e){let[t,s]=wt.find(([,r])=>e>=r)??wt.at(-1),o={style:"unit",unit:t,maximumFractionDigits:1};return new Intl.NumberFormat(void 0,o).format(e/s)}function St(e){let[t,s]=wt.slice(0,2).find(([,o])=>e>=o)??["kilobyte",1024];return jt(Math.floor(e*10/s)/10,t,{maximumFractionDigits:1})}function Qe(e){let[,t,s]=/^Etc\/GMT([+-])([1-9]\d?)$/.exec(e??"")??[];return t?`UTC${t==="-"?"+":"-"}${s}`:e}var Ze={},ns,rs=!1;function is(e,t,s="ltr"){Ze=e,ns=new Intl.PluralRules(t),rs=s==="rtl"}var n=(e,t)=>as(Ze[e]??"",t);function w(e,t,s={}){let o=Ze[`${e}_${ns.select(t)}`]??Ze[`${e}_other`];return as((o??"").replaceAll("{count}",y(t)),s)}function as(e,t={}){let s=(o,r)=>{let i=t[r]??"–";return rs&&o!==e?Jo(i):i};return e.replace(/\{(\w+)\}/g,s)}var Jo=e=>`⁨${e}⁩`;function cs(){let{lang:e,dir:t}=document.documentElement;ss(e),is(globalThis.texts??Wo(),e,t),document.querySelector(".late").remove()}function Wo(){let e=document.getElementById("messages").content.children;return Object.fromEntries([...e].map(t=>[t.dataset.name,t.textContent]))}var ls=()=>document.querySelector("meta[name=application-name]").content;var Go=2e4,Xe=class extends Error{},Ye=class extends Error{constructor({status:t,body:s,until:o}){super(s?.error?.message??""),this.status=t,this.until=o,this.code=s?.error?.code??"",this.fields=s?.error?.fields??[]}};async function Ot(e,t,s,o={}){let r=s&&{body:JSON.stringify(s),headers:{"Content-Type":"application/json",...o}};try{let i=await fetch(t,{method:e,signal:AbortSignal.timeout(Go),...r}),c=i.headers.get("Retry-After");return{status:i.status,body:Vo(await i.text()),seconds:Number(c),until:c&&os(Date.now()+c*1e3)}}catch{throw new Xe}}function Vo(e){try{return JSON.parse(e)}catch{return null}}async function L(e,t,s,o){let r=await Ot(e,t,s,o);if(r.status===401)return Ko();let i=r.body===null&&r.status!==204;if(r.status>=400||i)throw new Ye(r);return r}async function K(e,t={}){let s=Object.entries(t).filter(([,i])=>i!==""&&i!=null),o=s.length?`${e}?${new URLSearchParams(s)}`:e,{body:r}=await L("GET",o);return r}function Ko(){return location.assign(`/sign-in?then=${encodeURIComponent(location.pathname+location.search)}`),new Promise(()=>{})}function qe(){return crypto.randomUUID?crypto.randomUUID():[...crypto.getRandomValues(new Uint8Array(16))].map(t=>t.toString(16).padStart(2,"0")).join("")}function Ct(e){return e instanceof Xe?n("unreachable"):e.status===429&&e.until?n("too_many",e):n("failed")}function us(e){let t=n(`console.error_${e.code}`);return t?[t]:e.fields?.length?e.fields.map(s=>s.message):!(e instanceof Ye)||e.status===429&&e.until?[Ct(e)]:[e.message&&e.status<500?e.message:n("failed")]}var Q={get(e){try{return JSON.parse(sessionStorage.getItem(e))}catch{return null}},set(e,t){try{sessionStorage.setItem(e,JSON.stringify(t))}catch{}}};var Ae=(e,t)=>t==null?"–":n(`records.${e}_${t.replaceAll("-","_")}`)||t,ce=e=>[e.first_name,e.last_name].filter(Boolean).join(" ");function J(e){let t=document.createElement("p");t.textContent=e,document.getElementById("toasts").append(t),setTimeout(()=>t.remove(),7e3)}function ms(){document.getElementById("sign-out").addEventListener("click",Qo);let e=Q.get("user");e&&ds(e),L("GET","/api/session").then(({body:t})=>ds(t.user),()=>{})}function ds(e){Q.set("user",e),document.getElementById("who").textContent=ce(e)||e.username}async function Qo(){try{let e=await Ot("POST","/api/sign-out",{});if(e.status!==204&&e.status!==401)throw e;Q.set("user",null),location.assign("/sign-in")}catch(e){J(Ct(e))}}function fs(e){let[,t,s]=e.split("/");for(let o of document.querySelectorAll("header nav a"))o.getAttribute("href")!==`/${t}`?o.removeAttribute("aria-current"):o.setAttribute("aria-current",s?"true":"page")}/*! HTM 3.1.1, https://github.com/developit/htm, Copyright 2018 Google Inc., Apache-2.0: see vendor/LICENSES.txt */var $s=function(e,t,s,o){var r;t[0]=0;for(var i=1;i<t.length;i++){var c=t[i++],l=t[i]?(t[0]|=c?1:2,s[t[i++]]):t[++i];c===3?o[0]=l:c===4?o[1]=Object.assign(o[1]||{},l):c===5?(o[1]=o[1]||{})[t[++i]]=l:c===6?o[1][t[++i]]+=l+"":c?(r=e.apply(l,$s(e,l,s,["",null])),o.push(r),l[0]?t[0]|=2:(t[i-2]=0,t[i]=r)):o.push(l)}return o},ps=new Map;function _s(e){var t=ps.get(this);return t||(t=new Map,ps.set(this,t)),(t=$s(this,t.get(e)||(t.set(e,t=(function(s){for(var o,r,i=1,c="",l="",u=[0],f=function($){i===1&&($||(c=c.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?u.push(0,$,c):i===3&&($||c)?(u.push(3,$,c),i=2):i===2&&c==="..."&&$?u.push(4,$,0):i===2&&c&&!$?u.push(5,0,!0,c):i>=5&&((c||!$&&i===5)&&(u.push(i,0,c,r),i=6),$&&(u.push(i,$,0,r),i=6)),c=""},d=0;d<s.length;d++){d&&(i===1&&f(),f(d));for(var p=0;p<s[d].length;p++)o=s[d][p],i===1?o==="<"?(f(),u=[u],i=3):c+=o:i===4?c==="--"&&o===">"?(i=1,c=""):c=o+c[0]:l?o===l?l="":c+=o:o==='"'||o==="'"?l=o:o===">"?(f(),i=1):i&&(o==="="?(i=5,r=c,c=""):o==="/"&&(i<5||s[d][p+1]===">")?(f(),i===3&&(u=u[0]),i=u,(u=u[0]).push(2,0,i),i=0):o===" "||o==="	"||o===`
`||o==="\r"?(f(),i=2):c+=o),i===3&&c==="!--"&&(i=4,u=u[0])}return f(),u})(e)),t),arguments,[])).length>1?t:t[0]}/*! Preact 11.2.0, https://preactjs.com, (c) 2015-present Jason Miller, MIT: see vendor/LICENSES.txt */var A,gs,Zo,fe,Tt,nt,vs,tt,ys,Dt,Pt,Xo,Ie=Symbol.for("pv"),rt={},it=[],Yo=/^m(i|n|o|s|text|space)$/,Et=Array.isArray,Lt=it.slice,Se=Object.assign;function ke(e){e&&e.parentNode&&e.remove()}function xs(e,t,s){var o,r,i,c={},l=arguments.length;for(i in t)i=="key"?o=t[i]:i=="ref"&&typeof e!="function"?r=t[i]:c[i]=t[i];return l>2&&(c.children=l>3?Lt.call(arguments,2):s),Re(e,c,o,r,null)}function Re(e,t,s,o,r){var i={type:e,props:t,key:s,ref:o,__k:null,__:null,__b:0,__e:null,__c:null,constructor:Ie,__v:r||++gs,__i:-1,__u:0};return!r&&A.vnode&&A.vnode(i),i}function at(e){return e.children}function st(e,t){this.props=e,this.context=t,this.__g=0}function pe(e,t){if(t==null)return e.__&&pe(e.__,e.__i+1);for(var s;t<e.__k.length;t++)if((s=e.__k[t])&&s.__e)return s.__e;return typeof e.type!="function"||e.props.__P?null:pe(e)}function en(e){var t,s=e.__v,o=s.__e,r=[],i=[],c=e.__P;c&&((t=Se({constructor:Ie},s)).__v=s.__v+1,A.vnode&&A.vnode(t),qt(c,t,s,e.__n,c.namespaceURI,32&s.__u?[o]:null,r,o||pe(s),32&s.__u,i),t.__v=s.__v,t.__.__k[t.__i]=t,Cs(r,t,i),s.__=s.__e=null,t.__e!=o&&js(t))}function js(e){if((e=e.__)&&e.__c&&!e.props.__P)return e.__e=null,e.__k.some(function(t){return t&&(e.__e=t.__e)}),js(e)}function bs(e){(8&e.__g||(e.__g|=8,fe.push(e),nt++))&&Tt==A.debounceRendering||((Tt=A.debounceRendering)||queueMicrotask)(ws)}function ws(){try{for(var e,t=1;fe.length;)fe.length>t&&fe.sort(vs),e=fe.shift(),t=fe.length,8&e.__g&&en(e)}finally{(nt=fe.length)&&(Tt||queueMicrotask)(ws)}}function ks(e,t,s,o,r,i,c,l,u,f,d){var p,$,m,_,g,v,C=o.__k||it,h=t.length;for(u=tn(s,t,C,u,h),p=0;p<h;p++)(m=s.__k[p])!=null&&($=~m.__i&&C[m.__i]||rt,m.__i=p,v=qt(e,m,$,r,i,c,l,u,f,d),_=m.__e,($.ref!=m.ref||8&$.__u)&&($.ref&&At($.ref,null,m,$),m.ref&&d.push(m.ref,m.__c||_,m)),g=g||_,4&m.__u?(u=Ss(m,u,e,!$.__v),$.__e&&($.__e=null)):typeof m.type=="function"&&v!==void 0?u=v:_&&(u=_.nextSibling),m.__u&=-21);return s.__e=g,u}function tn(e,t,s,o,r){var i,c,l,u,f,d,p,$,m,_=s.length,g=_,v=0,C=0,h=e.__k=Array(r);for(i=0;i<r;i++)(c=t[i])!=null&&typeof c!="boolean"&&typeof c!="function"?(typeof c!="object"||c.constructor===String?c=h[i]=Re(null,c):Et(c)?c=h[i]=Re(at,{children:c}):c.constructor===Ie&&c.__b?c=h[i]=Re(c.type,c.props,c.key,c.ref,c.__v):h[i]=c,u=i+v,c.__=e,c.__b=e.__b+1,l=null,~(f=c.__i=sn(c,s,u,g))&&(g--,(l=s[f])&&(l.__u|=2)),l&&l.__v?(c.__u|=16,f==u-1?v--:f==u+1?v++:f!=u&&(f>u?v--:v++,C=1)):(~f||(r>_?v--:r<_&&v++),typeof c.type!="function"&&(c.__u|=4))):h[i]=null;if(C){for(d=[],p=[],i=0;i<r;i++)if((c=h[i])&&16&c.__u){for(v=0,$=d.length;v<$;)d[m=v+$>>1]<c.__i?v=m+1:$=m;d[v]=c.__i,p[i]=v+1}for(v=d.length;i--;)p[i]&&(p[i]==v?v--:h[i].__u|=4)}if(g)for(i=0;i<_;i++)!(l=s[i])||2&l.__u||(l.__e==o&&(o=pe(l)),Mt(l,l));return o}function Ss(e,t,s,o){var r,i,c,l;if(typeof e.type=="function"){if(e.props.__P)return t;if(r=e.__k)for(i=0;i<r.length;i++)r[i]&&(r[i].__=e,t=Ss(r[i],t,s,!1));return t}for(t&&!t.parentNode&&(t=pe(e))&&!t.parentNode&&(t=null),c=e.__e,l=t;l&&l.nodeType==8;)l=l.nextSibling;for(c!=l&&(!o&&s.moveBefore&&c.parentNode?s.moveBefore(c,t):s.insertBefore(c,t||null)),t=c;(t=t&&t.nextSibling)&&t.nodeType==8&&!t.data.startsWith("$s"););return t}function sn(e,t,s,o){var r,i=e.key,c=e.type,l=t[s],u=l&&!(2&l.__u);if(l===null&&i==null||u&&i==l.key&&c==l.type)return s;if(o>(u?1:0)){for(r=s-1;r>=0;r--)if((l=t[r])&&!(2&l.__u)&&i==l.key&&c==l.type)return r;for(r=s+1;r<t.length;r++)if((l=t[r])&&!(2&l.__u)&&i==l.key&&c==l.type)return r}return-1}function hs(e,t,s){s==null&&(s=""),t[0]=="-"?e.setProperty(t,s):e[t]=s}function et(e,t,s,o,r){var i,c;if(t=="style")if(typeof s=="string")e.style.cssText=s;else{if(typeof o=="string"&&(e.style.cssText=o=""),o)for(t in o)s&&t in s||hs(e.style,t);if(s)for(t in s)o&&s[t]==o[t]||hs(e.style,t,s[t])}else if(t[0]=="o"&&t[1]=="n")typeof s!="function"&&(s=null),typeof o!="function"&&(o=null),(e.__e||(e.__e={}))[t]=s,s&&o||(c=Pt[t]||(Pt[t]=on(t)),(e.__a||(e.__a={}))[t]=Dt,i=t!=(t=t.replace(ys,"$1")),(t=t.slice(2))[0]<"a"&&(t=t.toLowerCase()),s?e.addEventListener(t,c,i):e.removeEventListener(t,c,i));else{if(r=="http://www.w3.org/2000/svg")t=t.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(t!="width"&&t!="height"&&t!="href"&&t!="list"&&t!="form"&&t!="tabIndex"&&t!="download"&&t!="rowSpan"&&t!="colSpan"&&t!="role"&&t!="popover"&&t in e)try{return void(e[t]=s??"")}catch{}if(typeof s=="function")return;s==null||s===!1&&t[4]!="-"?e.removeAttribute(t):e.setAttribute(t,t=="popover"&&s==1?"":s)}}function on(e){return function(t){var s=this.__e;if(s){if(s=s[e],t[tt]==null)t[tt]=Dt++;else if(t[tt]<this.__a[e])return;return s(A.event?A.event(t):t)}}}function qt(e,t,s,o,r,i,c,l,u,f){var d,p,$,m,_,g,v,C,h,T,E,S,I,O,B,de,me,je,ae=t.type;if(t.constructor!==Ie)return null;128&s.__u&&(u=32&s.__u,d=s.__c.__z)&&(t.__u|=u,p=i=[],d.nodeType==8?l=ot(d,i):i.push(d),l=i[0]||l),(d=A.__b)&&d(t);e:if(typeof ae=="function"){$=c.length;try{if(C=t.props,h=(d=ae.prototype)&&d.render,T=(d=ae.contextType)&&o[d.__c],E=d?T?T.props.value:d.__:o,(m=s.__c)?(t.__c=m,2&m.__g&&(m.__g|=1)):(h?t.__c=m=new ae(C,E):(t.__c=m=new st(C,E),m.constructor=ae,m.render=rn),T&&T.sub(m),m.state||(m.state={}),m.__n=o,m.__g|=8,m.__h=[],m.__k=[]),h&&(m.__s||(m.__s=m.state),ae.getDerivedStateFromProps&&(m.__s==m.state&&(m.__s=Se({},m.__s)),Se(m.__s,ae.getDerivedStateFromProps(C,m.__s)))),_=m.props,g=m.state,m.__v=t,s.__c){if(C!==_&&h&&!ae.getDerivedStateFromProps&&m.componentWillReceiveProps&&m.componentWillReceiveProps(C,E),t.__v==s.__v&&!(8&m.__g)||!(4&m.__g)&&m.shouldComponentUpdate&&m.shouldComponentUpdate(C,m.__s,E)===!1){t.__v!=s.__v&&(m.props=C,m.state=m.__s,m.__g&=-9),t.__e=s.__e,t.__k=s.__k,t.__k.some(function(ne){ne&&(ne.__=t)}),it.push.apply(m.__h,m.__k),m.__k=[],m.__h.length&&c.push(m),l=pe(s);break e}m.componentWillUpdate&&m.componentWillUpdate(C,m.__s,E),h&&m.componentDidUpdate&&m.__h.push(function(){m.componentDidUpdate(_,g,v)})}else h&&!ae.getDerivedStateFromProps&&m.componentWillMount&&m.componentWillMount(),h&&m.componentDidMount&&m.__h.push(m.componentDidMount);m.context=E,m.props=C,m.__P=e,m.__g&=-5,S=A.__r,I=h?25:0;do m.__g&=-9,S&&S(t),d=m.render(m.props,m.state=m.__s,m.context);while(8&m.__g&&++I<25);h&&(it.push.apply(m.__h,m.__k),m.__k=[]),m.state=m.__s,m.getChildContext&&(o=Se({},o,m.getChildContext())),h&&s.__c&&m.getSnapshotBeforeUpdate&&(v=m.getSnapshotBeforeUpdate(_,g)),O=d&&d.type===at&&d.key==null?d.props.children:d,C.__P&&(d=l,r=(e=C.__P).namespaceURI,u=i=null,s.props&&s.props.__P!=e&&(s.__k.some(function(ne){ne&&Mt(ne,ne)}),s.__k=null),l=s.__k?pe(s,0):null),l=ks(e,Et(O)?O:[O],t,s,o,r,i,c,l,u,f),C.__P&&(t.__e=null,l=d),t.__u&=-161,p&&p.some(ke),m.__h.length&&c.push(m),1&m.__g&&(m.__g&=-4)}catch(ne){if(c.length=$,t.__v=null,u||i)if(ne&&ne.then){if(t.__u|=128|u,i){for(~(me=i.indexOf(l||void 0))||(me=i.length);(je=i[me-1])&&je.nodeType==8;)me--;for(;me<i.length;me++)if(je=i[me])if(i[me]=null,B){if(je==de)break}else{if(je.nodeType!=8)break;je.data.startsWith("$s")&&(de=ot(B=je))}}if(!B){for(;l&&l.nodeType==8&&l.nextSibling;)l=l.nextSibling;B=l}(d=ot(B=t.__c.__z||(t.__c.__z=B)))?(t.__e=B,l=d):t.__e=l,l=l&&l.nextSibling}else i&&i.some(ke);else t.__e=s.__e;t.__k||(t.__k=s.__k||[]),ne&&ne.then||Os(t),A.__e(ne,t,s)}}else l=t.__e=nn(s.__e,t,s,o,r,i,c,u,f,e);return(d=A.diffed)&&d(t),l}function ot(e,t){if(e&&e.nodeType==8&&e.data.startsWith("$s"))for(var s=1;e=e.nextSibling;){if(e.nodeType==8){if(e.data.startsWith("$s"))s++;else if(e.data.startsWith("/$s")&&!--s)return e}t&&t.push(e)}}function Os(e){e&&(e.__c&&(e.__c.__g|=4),e.__k&&e.__k.some(Os))}function Cs(e,t,s){for(var o=0;o<s.length;)At(s[o++],s[o++],s[o++]);A.__c&&A.__c(t,e),e.some(function(r){try{e=r.__h,r.__h=[],e.some(function(i){i.call(r)})}catch(i){A.__e(i,r.__v)}})}function nn(e,t,s,o,r,i,c,l,u,f){var d,p,$,m,_,g,v,C,h=s.props||rt,T=t.props,E=t.type;if(E=="svg"?r="http://www.w3.org/2000/svg":E=="math"?r="http://www.w3.org/1998/Math/MathML":r||(r="http://www.w3.org/1999/xhtml"),i){for(d=0;d<i.length;d++)if((_=i[d])&&(E?_.localName==E:_.nodeType==3)){e=_,i[d]=null;break}}if(!e){if(C=f.ownerDocument||document,!E)return C.createTextNode(T);e=C.createElementNS(r,E,T.is?T:f),l&&(A.__m&&A.__m(t,i),l=!1),i=null}if(E){if(f=E=="template"&&e.content||e,i=E=="textarea"&&T.defaultValue!=null?null:i&&Lt.call(f.childNodes),!l&&i)for(h={},d=0;d<e.attributes.length;d++)h[(_=e.attributes[d]).name]=_.value;for(d in h)_=h[d],d=="dangerouslySetInnerHTML"?$=_:d=="children"||d in T||d=="value"&&"defaultValue"in T||d=="checked"&&"defaultChecked"in T||et(e,d,null,_,r);for(d in T)_=T[d],d=="children"?m=_:d=="dangerouslySetInnerHTML"?p=_:d=="value"?g=_:d=="checked"?v=_:l&&typeof _!="function"||h[d]===_||et(e,d,_,h[d],r);p?(l||$&&(p.__html==$.__html||p.__html==e.innerHTML)||(e.innerHTML=p.__html),t.__k=[]):($&&(e.textContent=""),(E=="foreignObject"||r=="http://www.w3.org/1998/Math/MathML"&&Yo.test(E))&&(r="http://www.w3.org/1999/xhtml"),ks(f,Et(m)?m:[m],t,s,o,r,i,c,i?i[0]:s.__k&&pe(s,0),l,u),i&&i.some(ke)),l&&E!="textarea"||(d="value",E=="progress"&&g==null?e.removeAttribute(d):g==null||g===e[d]&&(E!="progress"||g)||et(e,d,g,h[d],r),d="checked",v!=null&&v!=e[d]&&et(e,d,v,h[d],r))}else h===T||l&&e.data==T||(e.data=T);return e}function At(e,t,s,o){try{typeof e=="function"?t?t.__x=e(t)||1:o&&(o=o.__c||o.__e)&&(t=o.__x)&&(o.__x=null,typeof t=="function"?t():e(null)):e.current=t}catch(r){A.__e(r,s)}}function Mt(e,t,s){var o,r,i,c;if(A.unmount&&A.unmount(e),!(o=e.ref)||o.current&&o.current!=e.__e||At(o,null,t,e),o=e.__c){if(o.componentWillUnmount)try{o.componentWillUnmount()}catch(l){A.__e(l,t)}o.__P=o.__n=null}if(o=e.__k)for(c=0;c<o.length;c++)o[c]&&Mt(o[c],t,typeof e.type!="function"||s&&!e.props.__P);!s&&(o=e.__c)&&(o=o.__z)&&(r=ot(o,i=[]))&&(o==e.__e&&i.some(ke),ke(r),ke(o)),s||ke(e.__e),e.__e=e.__c=e.__=null}function rn(e,t,s){return this.constructor(e,s)}function Bt(e,t){var s,o,r,i;A.__&&A.__(e,t),t.nodeType==9&&(t=t.documentElement),o=(s=e&&32&e.__u)?null:t.__k,t.__k=Re(at,{children:[e]}),r=[],i=[],qt(t,t.__k,o||rt,rt,t.namespaceURI,o?null:t.firstChild?Lt.call(t.childNodes):null,r,o?o.__e:t.firstChild,s,i),Cs(r,t.__k,i),t.__k.props.children=null}A={__e:function(e,t,s,o){for(var r,i,c;t=t.__;)if((r=t.__c)&&!(1&r.__g)){r.__g|=4;try{if((c=(i=r.constructor)&&i.getDerivedStateFromError)&&r.setState(i.getDerivedStateFromError(e)),r.componentDidCatch&&(r.componentDidCatch(e,o||{}),c=1),c&&8&r.__g)return void(r.__g|=2)}catch(l){e=l}}throw nt=0,e}},gs=0,Zo=function(e){return e!=null&&e.constructor===Ie},st.prototype.setState=function(e,t){var s=this.__s;s&&s!=this.state||(s=this.__s=Se({},this.state)),typeof e=="function"&&(e=e(Se({},s),this.props)),e&&(Se(s,e),this.__v&&(t&&this.__k.push(t),bs(this)))},st.prototype.forceUpdate=function(e){this.__v&&(this.__g|=4,e&&this.__h.push(e),bs(this))},st.prototype.render=at,fe=[],nt=0,vs=function(e,t){return e.__v.__b-t.__v.__b},tt=Symbol(),ys=/(PointerCapture)$|Capture$/i,Dt=0,Pt={},Xo=0;/*! Preact 11.2.0, hooks, https://preactjs.com, (c) 2015-present Jason Miller, MIT: see vendor/LICENSES.txt. It imports ./preact.js instead of preact. */var Me,U,Ft,Ts,Nt=Object.is,He=0,Fs=[],Ut=[],F=A,Ps=F.__b,Ds=F.__r,Es=F.diffed,Ls=F.__c,qs=F.unmount,As=F.__;function ct(e,t){F.__h&&F.__h(U,e,He||t),He=0;var s=U.__H||(U.__H={__:[],__h:[]});return e>=s.__.length&&s.__.push({}),s.__[e]}function b(e){return He=1,an(Us,e)}function an(e,t,s){var o=ct(Me++,2);if(o.t=e,!o.__c&&(o.__=[s?s(t):Us(void 0,t),function(i){var c=(o.__N||o.__)[0],l=o.t(c,i);Nt(c,l)||(o.__N=[l,o.__[1]],o.__c.setState({}))}],o.__c=U,!U.__f)){U.__f=!0;var r=U.shouldComponentUpdate;U.shouldComponentUpdate=function(i,c,l){var u=this.__H;if(!u)return!0;var f=!1,d=this.props!=i;if(u.__.some(function($){$.__N&&(f=!0,Nt($.__[0],$.__N[0])||(d=!0))}),r){var p=r.call(this,i,c,l);return f?p||d:p}return!f||d}}return o.__}function x(e,t){var s=ct(Me++,3);!F.__s&&It(s.__H,t)&&(s.__P=!0,s.__=e,s.u=t,U.__H.__h.push(s))}function Je(e,t){var s=ct(Me++,4);!F.__s&&It(s.__H,t)&&(s.__P=!1,s.__=e,s.u=t,U.__h.push(s))}function P(e){return He=5,Ns(function(){return{current:e}},[])}function Ns(e,t){var s=ct(Me++,7);return It(s.__H,t)&&(s.__=e(),s.__H=t),s.__}function Oe(e,t){return He=8,Ns(function(){return e},t)}function cn(){var e;do{for(;e=Ut.shift();)try{ze(e)}catch(s){F.__e(s,{__:(e=e.__P)&&e.__v})}for(;e=Fs.shift();){var t=e.__H;if(e.__P&&t)try{t.__h.some(ze),t.__h.some(Rt),t.__h=[]}catch(s){t.__h=[],F.__e(s,e.__v)}}}while(Ut.length)}F.__b=function(e){U=null,Ps&&Ps(e)},F.__=function(e,t){e&&t.__k&&t.__k.__m&&(e.__m=t.__k.__m),As&&As(e,t)},F.__r=function(e){Ds&&Ds(e),Me=0;var t=(U=e.__c).__H;t&&(Ft==U?U.__h=[]:(t.__h.some(ze),t.__h.some(Rt),Me=0),t.__h=[],t.__.some(function(s){s.__N&&(s.__=s.__N),s.u=s.__N=void 0})),Ft=U},F.diffed=function(e){Es&&Es(e);var t=e.__c;t&&t.__H&&(t.__H.__h.length&&Bs(Fs.push(t)),t.__H.__.some(function(s){s.u&&(s.__H=s.u)})),Ft=U=null},F.__c=function(e,t){t.some(function(s){try{s.__h.some(ze),s.__h=s.__h.filter(function(o){return!o.__||Rt(o)})}catch(o){s.__h=[function(){throw o}]}}),Ls&&Ls(e,t)},F.unmount=function(e){qs&&qs(e);var t,s,o=e.__c;o&&o.__H&&(o.__H.__.some(function(r){try{if(r.__P&&r.__c){if(s===void 0){for(s=e.__;s&&(!s.__c||!s.__c.__P);)s=s.__;s=s&&s.__c}r.__P=s,Bs(Ut.push(r))}else ze(r)}catch(i){t=i}}),o.__H=void 0,t&&F.__e(t,o.__v))};var Ms=typeof requestAnimationFrame=="function";function ln(e){var t,s=function(){clearTimeout(o),Ms&&cancelAnimationFrame(t),setTimeout(e)},o=setTimeout(s,35);Ms&&(t=requestAnimationFrame(s))}function Bs(e){e!=1&&Ts==F.requestAnimationFrame||((Ts=F.requestAnimationFrame)||ln)(cn)}function ze(e){var t=U,s=e.__c;typeof s=="function"&&(e.__c=void 0,s()),U=t}function Rt(e){var t=U;e.__c=e.__(),U=t}function It(e,t){return!e||e.length!=t.length||t.some(function(s,o){return!Nt(s,e[o])})}function Us(e,t){return typeof t=="function"?t(e):t}var a=_s.bind(xs);function zt(e,t){let s=t.split("/");for(let o of e){let r=un(o.split("/"),s);if(r)return{pattern:o,values:r}}}function un(e,t){let s={},o=(r,i)=>r.startsWith("{")?(s[r.slice(1,-1)]=dn(t[i]),s[r.slice(1,-1)]!==""):r===t[i];return e.length===t.length&&e.every(o)?s:null}function dn(e){try{return decodeURIComponent(e)}catch{return""}}var lt,ut=()=>location.pathname+location.search;function se(e,{replace:t=!1}={}){history[t?"replaceState":"pushState"](null,"",e),dispatchEvent(new Event("moved"))}function $e(e){let t=new URLSearchParams(Object.entries(e).filter(([,o])=>o)),s=t.size?`${location.pathname}?${t}`:location.pathname;history.replaceState(null,"",s),lt=ut()}function Rs(e){let[t,s]=b({path:location.pathname,number:0});return x(()=>{lt=ut();let o=()=>{lt=ut(),s(c=>({path:location.pathname,number:c.number+1}))},r=()=>ut()!==lt&&o(),i=c=>mn(c,e);return addEventListener("moved",o),addEventListener("popstate",r),document.addEventListener("click",i),()=>{removeEventListener("moved",o),removeEventListener("popstate",r),document.removeEventListener("click",i)}},[]),t}function mn(e,t){let s=e.target.closest?.('a[href^="/"]');!s||s.target||s.hasAttribute("download")||e.defaultPrevented||e.button||e.ctrlKey||e.metaKey||e.shiftKey||e.altKey||zt(t,s.pathname)&&(e.preventDefault(),se(s.getAttribute("href")))}function fn(e,t){let s=P({}),o=Oe(async()=>{let i={};if(s.current=i,document.hidden)return;let c=await e(()=>s.current===i);c!=null&&s.current===i&&(i.timer=setTimeout(o,c))},t),r=Oe(()=>(clearTimeout(s.current.timer),o()),[o]);return x(()=>(r(),document.addEventListener("visibilitychange",r),()=>{clearTimeout(s.current.timer),s.current={},document.removeEventListener("visibilitychange",r)}),[r]),r}var We=new Map,Hs=(e,t)=>We.set(e,t),Is=12;function _e(e,t){let[s,o]=b({path:e,value:We.get(e)}),r=P(1),i=fn(async c=>{let l=We.get(e),u;try{let d=await K(e),p=JSON.stringify(d,zs)!==JSON.stringify(l,zs);r.current=p?1:Math.min(r.current*1.5,Is),l=d,We.set(e,l)}catch(d){u=d,r.current=Math.min(r.current*2,Is)}if(!c()||(o({path:e,value:l,error:u}),u?.status===404||u?.status===403))return null;let f=u?2e3:t(l);return f==null?null:f*r.current},[e]);return{...s.path===e?s:{value:We.get(e)},reload:i}}var zs=(e,t)=>e==="as_of"?void 0:t,pn=8,$n=10;function Y(e,t,{size:s=50}={}){let o=e&&JSON.stringify([e,t]),[r,i]=b({items:null,cursor:null}),c=P(),l=Oe(async(g,v)=>{let C={};c.current=C,i(h=>({...h,busy:!0,error:void 0}));try{let h=[],T=g.at(-1),E=()=>h.length<Math.min(s,$n);for(let S=0;S<pn&&E();S++){let I=await K(e,{...t,limit:s-h.length,cursor:T});if(c.current!==C)return;if(h=h.concat(I.items),T=I.next_cursor,!T)break;v&&h.length>0&&i({key:o,items:h,cursors:g,cursor:null,busy:!0})}i(S=>({key:o,items:v?h:S.items.concat(h),cursors:g,cursor:T,busy:!1}))}catch(h){c.current===C&&i(T=>({...T,key:o,busy:!1,error:h}))}},[o,s]);x(()=>(e&&l([null],!0),()=>{c.current=null}),[l]);let{items:u,cursors:f=[],cursor:d,busy:p,error:$}=r,m=r.key!==o,_=!m&&d?[...f,d]:null;return{items:u,page:f.length,busy:p||m,error:$,ended:!d,more:_&&(()=>l(_,!1)),next:_&&(()=>l(_,!0)),back:!m&&f.length>1?()=>l(f.slice(0,-1),!0):null,again:()=>l(f.length?f:[null],!0)}}function be(e,t){let[s,o]=b(()=>Q.get(e)??t),r=Oe(c=>o(l=>{let u=typeof c=="function"?c(l):c;return Q.set(e,u),u}),[e]),i=Oe(()=>Q.set(e,null),[e]);return[s,r,i]}function ie(e,t=300){let[s,o]=b(e);return x(()=>{let r=setTimeout(()=>o(e),t);return()=>clearTimeout(r)},[JSON.stringify(e)]),s}function z(e){let[t,s]=b({}),o=P(!1),r=P(!0);return x(()=>()=>{r.current=!1},[]),[async(...c)=>{if(o.current)return;o.current=!0,s({busy:!0});let l;try{await e(...c)}catch(u){l=u}o.current=!1,r.current&&s({error:l})},t]}var _n={awaiting_file:"",validating:"info",needs_mapping:"warn",validated:"info",rejected:"bad",processing:"info",processed:"good",preparing:"info",sending:"info",paused:"warn",cancelled:"",pending:"warn",expired:"bad",active:"good",inactive:"",removed:"",queued:"",sent:"info",delivered:"good",bounced:"bad",complained:"bad",failed:"bad",skipped:"",added:"good",updated:"info",unchanged:"",add:"good",update:"info",remove:"bad",error:"bad",warning:"warn",known:"info",remembered:"info",chosen:"good",proposed:"warn",undecided:"bad"},N=({kind:e,of:t})=>t&&a`<span class="badge" data-tone=${_n[t]}>${n(`jobs.${e}_${t}`)}</span>`;function Ht({parts:e,whole:t,label:s,legend:o=!0}){let r=e.filter(i=>i.count>0);return a`
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
  `}function Be({users:e,legend:t}){let s=[{name:n("jobs.state_active"),count:e.active,tone:"good"},{name:n("jobs.state_pending"),count:e.pending-e.expired,tone:"warn"},{name:n("jobs.state_expired"),count:e.expired,tone:"bad"},{name:n("jobs.state_inactive"),count:e.inactive}];return a`
    <${Ht}
      parts=${s.filter((o,r)=>r<3||o.count>0)}
      whole=${e.total}
      legend=${t}
      label=${n("jobs.users_bar",{active:y(e.active),pending:y(e.pending),expired:y(e.expired)})}
    />
  `}var dt=({of:e})=>a`
  <dl class="figures">
    ${e.map(([t,s])=>a`
        <div key=${t}>
          <dt>${t}</dt>
          <dd>${y(s)}</dd>
        </div>
      `)}
  </dl>
`,he=({value:e,whole:t,label:s,text:o,said:r})=>a`
  <p class="unseen" role="status">
    ${t?`${Math.floor(we(e,t)/10)*10} %`:s}${" "}${r}
  </p>
  <p class="row between">
    <span>${s}${t?` ${we(e,t)} %`:""}</span>
    <span class="quiet">${o}</span>
  </p>
  <progress
    class="progress"
    aria-label=${s}
    max=${t||void 0}
    value=${t?e:void 0}
  ></progress>
`,k=e=>e&&a`<bdi>${e}</bdi>`,le=e=>e&&a`<a dir="auto" href=${`/users/${encodeURIComponent(e)}`}>${e}</a>`,oe=()=>a`<span class="quiet none">–</span>`;var Js=!1;function q({title:e,name:t,crumb:s,under:o,acts:r,children:i}){let c=P();return x(()=>{document.title=[e,t,ls()].filter(Boolean).join(" · ")},[e,t]),x(()=>{Js&&(scrollTo(0,0),c.current.focus()),Js=!0},[]),a`
    <div class="head">
      <div>
        ${s&&a`<p class="crumb">${s}</p>`}
        <h1 tabindex="-1" ref=${c}>${t?k(t):e}</h1>
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
`;var R=({error:e,children:t})=>a`
  <div role="alert" class="problem">
    ${e&&us(e).map(s=>a`<p>${s}</p>`)}${e&&t}
  </div>
`,Z=({error:e,again:t})=>a`
  <${R} error=${e}>
    <p>
      <button type="button" class="second compact" onClick=${t}>${n("jobs.again")}</button>
    </p>
  </${R}>
`;function M({id:e,label:t,hint:s,fault:o,children:r}){let i=[s&&`${e}-hint`,o&&`${e}-fault`].filter(Boolean).join(" ");return a`
    <div class="field">
      <label for=${e}>${t}</label>
      ${r({id:e,"aria-describedby":i||void 0,"aria-invalid":o?"true":void 0})}
      ${o&&a`<p class="fault" id=${`${e}-fault`}>${o}</p>`}
      ${s&&a`<p class="small" id=${`${e}-hint`}>${s}</p>`}
    </div>
  `}var X=(e,t)=>e?.fields?.find(s=>s.field===t)?.message,ge=(e,...t)=>e?.fields?.length&&e.fields.every(s=>t.includes(s.field))?void 0:e,ue=({label:e,of:t,value:s,choose:o})=>a`
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
`,j=({busy:e,kind:t="",children:s,...o})=>a`
  <button type="button" class=${t} aria-busy=${e?"true":void 0} ...${o}>
    ${s}
  </button>
`;function G({title:e,children:t,confirm:s,dismiss:o=n("jobs.cancel"),kind:r="",close:i,act:c}){let l=P(),[u,{busy:f,error:d}]=z(c);return x(()=>{let p=document.activeElement,$=l.current;return $.showModal(),()=>{$.close(),p?.isConnected&&p.focus()}},[]),a`
    <dialog
      ref=${l}
      aria-labelledby="dialog-title"
      onCancel=${p=>{p.preventDefault(),i()}}
    >
      <h2 id="dialog-title">${e}</h2>
      ${t}
      <${R} error=${d} />
      <div class="row end">
        <button type="button" class="second" onClick=${i}>${o}</button>
        <${j} kind=${r} busy=${f} onClick=${u}>${s}</${j}>
      </div>
    </dialog>
  `}function Fe({path:e,query:t,kind:s="second",children:o}){let[r,{busy:i,error:c}]=z(async()=>{for(J(n("jobs.file_made"));;){let l=await L("GET",t?`${e}?${new URLSearchParams(t)}`:e);if(l.status===200)return location.assign(l.body.url);await new Promise(u=>setTimeout(u,1e3*(l.seconds||2)))}});return a`
    <${j} kind=${s} busy=${i} onClick=${r}>${o}</${j}>
    ${c&&a`<${R} error=${c} />`}
  `}var Ce=({caption:e,columns:t,items:s,id:o})=>a`
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
`;function ee({pages:e,none:t,turn:s,...o}){let{items:r,error:i,more:c,next:l,back:u,again:f}=e,d=s?l||u:c,p=s?hn:gn;return a`
    <${Z} error=${i} again=${f} />
    ${r===null?!i&&a`<${W} />`:a`<${bn} pages=${e} none=${t} table=${o} />`}
    ${r!==null&&d&&a`<div class="more"><${p} pages=${e} /></div>`}
  `}function bn({pages:e,none:t,table:s}){let{items:o,error:r,busy:i,ended:c,page:l}=e;return o.length>0||!c?a`
      <div aria-busy=${i?"true":void 0}>
        <${Ce} items=${o} ...${s} />
      </div>
    `:r?null:l<2?t:a`<p class="quiet">${n("jobs.list_end")}</p>`}function hn({pages:{items:e,busy:t,next:s,back:o,page:r}}){let i=n("jobs.list_page",{page:y(r)});return a`
    <${j} kind="second" disabled=${!o} busy=${t&&o} onClick=${()=>o?.()}>
      ${n("jobs.back")}
    </${j}>
    <${j} kind="second" disabled=${!s} busy=${t&&s} onClick=${()=>s?.()}>
      ${n("jobs.next")}
    </${j}>
    <p role="status">${e.length===0?n("jobs.list_seek"):i}</p>
  `}function gn({pages:{items:e,busy:t,more:s}}){let o=w("jobs.list_shown",e.length);return a`
    <${j} kind="second" busy=${t} onClick=${s}>${n("jobs.more")}</${j}>
    <p role="status">${e.length===0?n("jobs.list_seek"):o}</p>
  `}var vn=()=>[{name:n("records.at"),head:!0,cell:e=>a`<span class="nowrap">${D(e.at)}</span>`},{name:n("records.action"),cell:e=>Ae("action",e.action)},{name:n("records.actor"),cell:e=>le(e.actor)},{name:n("records.target"),cell:e=>le(e.target)},{name:n("records.job"),cell:e=>e.job?a`<a href=${`/jobs/${e.job}`}>${n("records.open_job")}</a>`:null},{name:n("records.source_ip"),cell:e=>k(e.source_ip)},{name:n("records.result"),cell:e=>a`
      <span class="badge" data-tone=${e.result==="ok"?"good":"bad"}>
        ${Ae("result",e.result)}
      </span>
    `}];function Ws(e){let t=new Date(e);return e&&!isNaN(t)?t.toISOString():""}function Gs(){let[e,t]=b(()=>Object.fromEntries(new URLSearchParams(location.search))),{username:s="",job:o="",from:r="",to:i=""}=ie(e);x(()=>$e({username:s,job:o,from:r,to:i}),[s,o,r,i]);let c=Y("/api/audit",{username:s.trim(),job:o.trim(),from:Ws(r),to:Ws(i)}),l=d=>t({...e,[d.target.name]:d.target.value}),u=(d,p)=>a`
    <div class="field">
      <label for=${d}>${n(`records.by_${d}`)}</label>
      <input
        id=${d}
        name=${d}
        type=${p}
        value=${e[d]??""}
        onInput=${l}
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
      />
    </div>
  `,f=s||o||r||i;return a`
    <${q} title=${n("records.audit")} under=${n("records.audit_text")}>
      <section class="card" aria-label=${n("records.audit")}>
        <form class="filters" role="search" onSubmit=${d=>d.preventDefault()}>
          ${u("username","search")}
          ${u("job","search")}
          ${u("from","datetime-local")}
          ${u("to","datetime-local")}
        </form>
        <${ee}
          pages=${c}
          caption=${n("records.audit")}
          columns=${vn()}
          none=${a`
            <div class="empty">
              <p>${f?n("records.audit_not_found"):n("records.audit_none")}</p>
            </div>
          `}
        />
      </section>
    </${q}>
  `}var Vs=["upload","validate","process","notify"],yn={awaiting_file:"upload",validating:"validate",needs_mapping:"validate",validated:"validate",rejected:"validate"},ve=e=>yn[e.status]??"process",mt=e=>`/jobs/${e.id}/${ve(e)}`,Te=e=>e.status==="processed"||e.status==="failed";function re({job:e,at:t}){let s=e?Te(e)?3:Vs.indexOf(ve(e)):0;return a`
    <nav aria-label=${n("jobs.steps")}>
      <ol class="steps">
        ${Vs.map((o,r)=>a`
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
  `}var te=({job:e,title:t,acts:s,children:o})=>a`
  <${q}
    title=${t}
    name=${e.name}
    acts=${s}
    crumb=${a`<a href="/jobs">${n("jobs.title")}</a>`}
    under=${a`
      <${N} kind="status" of=${e.status} />
      ${" "}
      <span>
        ${k(e.file_name)}${e.file_name&&" · "}
        ${n(e.created_by?"jobs.by":"jobs.dropped",{at:D(e.created_at),who:e.created_by})}
      </span>
    `}
  >
    ${e.status==="failed"&&e.rejected_reason&&a`
        <div class="note" data-tone="bad">
          <p lang="en" dir="ltr">${e.rejected_reason}</p>
        </div>
      `}
    ${o}
  </${q}>
`,Pe=["pending","expired","unreached"],Ks=e=>e.audience?n(`jobs.audience_${e.audience}`):w("jobs.named",e.usernames?.length??0);function ft(e,t){let s=P(null);(s.current===null||e<s.current.done)&&(s.current={done:e,at:Date.now()});let o=e-s.current.done,r=(Date.now()-s.current.at)/1e3;return o>0&&r>1?n("jobs.left",{time:H((t-e)*r/o)}):""}var Jt=e=>e.status==="sent"||e.status==="cancelled",ye=e=>e&&(n(`jobs.reason_${e}`)||e.replaceAll("_"," ")),Qs=e=>`named:${e}`,Wt=e=>Q.get(Qs(e)),pt=(e,t)=>Q.set(Qs(e),t);var xn=["awaiting_file","validating","needs_mapping","validated","rejected","processing","processed","failed"],jn=()=>[{name:n("jobs.name"),head:!0,cell:e=>a`<a dir="auto" href=${mt(e)}>${e.name}</a>`},{name:n("jobs.status"),beside:!0,cell:e=>a`<${N} kind="status" of=${e.status} />`},{name:n("jobs.rows"),num:!0,cell:e=>y(e.rows.total)},{name:n("jobs.users"),cell:e=>e.users?a`
            <div>
              <a class="quiet" href=${`/jobs/${e.id}`}>
                ${e.users.total?n("jobs.pending_of",{pending:y(e.users.pending),total:y(e.users.total)}):n("jobs.no_users")}
              </a>
              ${e.users.total>0&&a`<${Be} users=${e.users} legend=${!1} />`}
            </div>
          `:oe()},{name:n("jobs.created"),cell:e=>a`<span class="nowrap">${D(e.created_at)}</span>`},{name:n("jobs.created_by"),wide:!0,cell:e=>k(e.created_by)??n("jobs.s3")}];function Zs(){let[e,t]=b(()=>Object.fromEntries(new URLSearchParams(location.search))),s=ie(e.q?.trim()??""),o=e.status??"";x(()=>$e({q:s,status:o}),[s,o]);let r=Y("/api/jobs",{q:s,status:o}),i=l=>t({...e,[l.target.name]:l.target.value}),c=s||o;return a`
    <${q}
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
              ${xn.map(l=>a`<option key=${l} value=${l}>${n(`jobs.status_${l}`)}</option>`)}
            </select>
          </div>
        </form>
        <${ee}
          pages=${r}
          caption=${n("jobs.title")}
          columns=${jn()}
          id=${l=>l.id}
          none=${c?a`<div class="empty"><p>${n("jobs.none_found")}</p></div>`:a`
                  <div class="empty">
                    <p>${n("jobs.none_yet")}</p>
                    <a class="button" href="/jobs/new">${n("jobs.new")}</a>
                  </div>
                `}
        />
      </section>
    </${q}>
  `}var wn=["24h","72h","168h","336h"];function Xs({all:e,chosen:t,change:s}){let o=[...t,...e.filter(c=>!t.includes(c))],r=P(),i=(c,l)=>{let u=t.indexOf(c)+l,f=t.filter(d=>d!==c);f.splice(u,0,c),s(f),requestAnimationFrame(()=>{let d=r.current.children[u];(d.querySelector(`[data-by="${l}"]:not(:disabled)`)??d.querySelector("button:not(:disabled)"))?.focus()})};return a`
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
  `}function $t({value:e,change:t,most:s,least:o,fault:r}){let i=wn.filter(l=>(!s||V(l)<=V(s))&&(!o||V(l)>=V(o))),c=e&&!i.includes(e)?[e,...i]:i;return a`
    <${M}
      id="lifetime"
      label=${n("jobs.lifetime")}
      hint=${n("jobs.lifetime_hint")}
      fault=${r}
    >
      ${l=>a`
        <select ...${l} value=${e} onChange=${u=>t(u.target.value)}>
          ${c.map(u=>a`<option key=${u} value=${u}>${H(V(u))}</option>`)}
        </select>
      `}
    </${M}>
  `}var kn=[["windows-1252",""],["macintosh",""],["iso-8859-15",""],["windows-1250","cs hr hu pl ro sk sl sq"],["windows-1251","be bg mk ru sr uk"],["windows-1254","az tr"],["windows-1257","et lt lv"],["windows-1253","el"],["windows-1255","he"],["windows-1256","ar fa ur"],["windows-874","th"],["shift_jis","ja"],["euc-kr","ko"],["gb18030","zh"],["big5","zh"],["euc-jp","ja"],["koi8-r","ru"],["x-mac-cyrillic","ru uk"],["utf-8",""]],Ys={shift_jis:/[\x82\x83\x88-\x97][\x40-\xfc]/g,"euc-kr":/[\xb0-\xc8][\xa1-\xfe]/g,gb18030:/[\xb0-\xd7][\xa1-\xfe]/g,big5:/[\xa4-\xc6][\x40-\x7e\xa1-\xfe]/g,"euc-jp":/[\xa4\xa5\xb0-\xcf][\xa1-\xfe]/g},Sn={"windows-1252":/[ðþýÐÞÝ]/,"iso-8859-15":/[ðþýÐÞÝ]/,"windows-1250":/[đţĐŢ]/},On=/^(\p{Lu}?\p{Ll}+|\p{Lu}+)$/u,Cn=/^[\p{Lo}\p{Lm}\p{M}]+$/u,eo=[/^\p{sc=Latin}+$/u,/^\p{sc=Cyrillic}+$/u,/^\p{sc=Greek}+$/u,/^[\p{sc=Hebrew}\p{M}]+$/u,/^[\p{sc=Arabic}\p{M}]+$/u,/^\p{sc=Thai}+$/u,/^\p{sc=Hangul}+$/u,/^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\u30fc]+$/u];async function to(e,t){let s=await e.slice(0,524288).arrayBuffer();return Tn(new Uint8Array(s),t)}function Tn(e,t=[]){let s=(...d)=>d.every((p,$)=>e[$]===p),o=s(239,187,191)||s(255,254)||s(254,255),r=s(80,75,3,4);if(o||r)return null;if(e.includes(0))return Dn(e);if(Pn(e))return null;let i=En(e),c=Ln(i),l=kn.map(([d,p],$)=>{let m=t.some(g=>p.split(" ").includes(g.split("-")[0])),_=so(d);return{name:d,samples:c.map(_),score:qn(d,i,_)+(m?.15:0)-$/1e3}}).filter(({score:d})=>d>-1).sort((d,p)=>p.score-d.score),u=l.map(({samples:d})=>d.join()),f=l.filter((d,p)=>u.indexOf(u[p])===p);return f.length>0?f.map(({name:d,samples:p})=>({name:d,samples:p})):null}function Pn(e){try{let t=e.length===524288;return new TextDecoder("utf-8",{fatal:!0}).decode(e,{stream:t}),!0}catch{return!1}}function so(e){let t=new TextDecoder(e);return s=>t.decode(s)}function Dn(e){let t=[0,0];if(e.forEach((r,i)=>r===0&&t[i%2]++),Math.max(...t)<e.length/4)return null;let s=t[0]<t[1]?"utf-16le":"utf-16be",o=so(s)(e).split(/[\t\n\r",;]+/);return[{name:s,samples:o.filter(Boolean).slice(0,3)}]}function En(e){let t=new Map,s=0,o=!0,r=e.length<524288?e.length:e.length-1;for(let i=0;i<=r&&t.size<500;i++)if(e[i]>127&&(o=!1),!(i<e.length&&!`	
\r",;`.includes(String.fromCharCode(e[i])))){if(!o){let c=e.subarray(s,i);t.set(String.fromCharCode(...c.subarray(0,200)),c)}s=i+1,o=!0}return[...t.values()]}function Ln(e){let t=o=>o.length<40&&!o.some(r=>r>47&&r<58);return[...e.filter(t),...e.filter(o=>!t(o))].slice(0,3)}function qn(e,t,s){let o=0,r=0;for(let i of t){let c=s(i);/[\ufffd\x80-\x9f\ue000-\uf8ff]/.test(c)?r++:o+=Mn(e,c)*An(e,i)}return r>t.length/10?-2:o/t.length}function An(e,t){if(!Ys[e])return 1;let s=String.fromCharCode(...t.subarray(0,200)).replaceAll(" ","");return(s.match(Ys[e])?.length??0)/(s.length/2)}function Mn(e,t){let o=t.split(/[\s\u2013\u2014\u2019\u2026!-@[-`{-~]+/).filter(i=>/[^\0-\x7f]/.test(i)),r=Sn[e]?.test(t);return o.length>0?o.reduce((i,c)=>i+Bn(c),0)/o.length*(r?.5:1):.6}function Bn(e){if(!eo.some(o=>o.test(e)))return 0;if(Cn.test(e))return 1;if(!On.test(e))return 0;let t=[...e],s=t.filter(o=>o>"").length;return eo[0].test(e)&&s>t.length/2?.2:/^\p{Lu}/u.test(e)?1:.7}var Fn=1e9,Nn=50*2**20;function _t({file:e,choose:t,fault:s}){let[o,r]=b(!1),i=l=>{l.preventDefault(),r(!1),l.dataTransfer.files[0]&&t(l.dataTransfer.files[0])},c=l=>u=>{u.preventDefault(),r(l)};return a`
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
                  <span class="quiet nowrap">${Ke(e.size)}</span>
                `:n("jobs.drop")}
        </p>
        <label class="button second" for="file">
          ${e?n("jobs.other_file"):n("jobs.choose_file")}
        </label>
        <input
          id="file"
          type="file"
          accept=".csv,.txt,.xlsx,text/csv"
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
  `}function Ge(e){return e?/\.(xls[bm]?|ods|numbers)$/i.test(e.name)?n("jobs.file_book"):/\.(csv|txt|xlsx)$/i.test(e.name)?e.size===0?n("jobs.file_empty"):oo(e)?e.size>Nn?n("jobs.file_xlsx_large"):void 0:e.size>Fn?n("jobs.file_large"):void 0:n("jobs.file_kind"):n("jobs.file_missing")}var oo=e=>/\.xlsx$/i.test(e.name);function no(){let[e,t]=b({}),s=P();return{...e,look:c=>{t({});let l=c&&!oo(c)?to(c,navigator.languages).catch(()=>null):Promise.resolve(null);s.current=l,l.then(u=>{s.current===l&&t({proposed:u,chosen:u?.[0].name})})},choose:c=>t(l=>({...l,chosen:c})),settled:async()=>await s.current===(e.proposed??null)}}var Un=4;function ro({proposed:e,chosen:t,choose:s}){let[o,r]=b(!1),i=o?e:e.slice(0,Un);return a`
    <fieldset class="field" id="encoding" tabindex="-1">
      <legend>${n("jobs.encoding")}</legend>
      <p class="small">${n("jobs.encoding_hint")}</p>
      <div class="choices">
        ${i.map(({name:c,samples:l})=>a`
            <label class="choice" key=${c}>
              <input
                type="radio"
                name="encoding"
                value=${c}
                checked=${c===t}
                onChange=${()=>s(c)}
              />
              <span>
                ${l.map((u,f)=>[f>0&&", ",a`<b>${k(u)}</b>`])}
                <span class="small">${c}</span>
              </span>
            </label>
          `)}
      </div>
      ${i.length<e.length&&a`
          <button type="button" class="second compact" onClick=${()=>r(!0)}>
            ${n("jobs.encoding_more")}
          </button>
        `}
    </fieldset>
  `}function xe({job:e,kind:t="second",children:s}){let[o,r]=b(!1);return a`
    <${j} kind=${t} onClick=${()=>r(!0)}>
      ${s??n("jobs.start_over")}
    </${j}>
    ${o&&a`
        <${G}
          title=${n("jobs.start_over_title")}
          confirm=${n("jobs.start_over")}
          close=${()=>r(!1)}
          act=${async()=>{await L("DELETE",`/api/jobs/${e.id}`,{}),Q.set("new-job",{name:e.name,devices:e.devices,lifetime:e.link_lifetime,report:""}),se("/jobs/new")}}
        >
          <p>${n("jobs.start_over_text",{name:e.name})}</p>
        </${G}>
      `}
  `}var bt=new Map,Gt=()=>dispatchEvent(new Event("transferred"));function Rn(e){[...bt.values()].some(t=>t.state==="going")&&e.preventDefault()}function io(e){let t=Q.get(`upload:${e}`);return t&&new Date(t.expires_at)>new Date?t:null}var Vt=e=>bt.get(e),ao=e=>bt.delete(e);function ht(e,t,s){Q.set(`upload:${e}`,t);let o={state:"going",loaded:0,total:s.size,since:Date.now()};bt.set(e,o),addEventListener("beforeunload",Rn);let r=new XMLHttpRequest;r.open(t.method,t.url);for(let[i,c]of Object.entries(t.headers))i.toLowerCase()!=="host"&&r.setRequestHeader(i,c);r.upload.onprogress=({loaded:i})=>{o.loaded=i,Gt()},r.onloadend=()=>{o.state=r.status>=200&&r.status<300?"done":"broken",o.state==="done"&&Q.set(`upload:${e}`,null),Gt()},r.send(s),Gt()}var In=["file_name","encoding","name","link_lifetime","report_to"];function co(){let[e,t,s]=be("new-job",{name:"",devices:null,lifetime:null,report:""}),[o,r]=b(null),[i,c]=b(),[l,u]=b(null),[f,d]=b(),p=no(),$=P({});x(()=>{K("/api/settings").then(u,d)},[]);let m=l?.devices.filter(S=>S.channel!=="voice").map(S=>S.name)??[],_=e.devices?.filter(S=>m.includes(S))??l?.devices.filter(S=>S.default).map(S=>S.name)??[],g=e.lifetime??l?.limits.link_lifetime??null,v=(S,I)=>t(O=>({...O,[S]:I})),[C,{busy:h,error:T}]=z(async()=>{let S=Ge(o);if(c(S),S)return document.getElementById("file").focus();if(!await p.settled())return;let I={file_name:o.name,devices:_,...p.proposed&&p.chosen!=="utf-8"&&{encoding:p.chosen},...e.name.trim()&&{name:e.name.trim()},...g&&{link_lifetime:g},...e.report.trim()&&{report_to:e.report.trim()}},O=JSON.stringify(I);$.current.text!==O&&($.current={text:O,value:qe()});let{body:B}=await L("POST","/api/jobs",I,{"Idempotency-Key":$.current.value});ht(B.job.id,B.upload,o),s(),se(`/jobs/${B.job.id}/upload`)}),E={settings:l,devices:m,chosen:{devices:_,lifetime:g},draft:e,put:v,error:T};return a`
    <${q}
      title=${n("jobs.new")}
      crumb=${a`<a href="/jobs">${n("jobs.title")}</a>`}
    >
      <${re} at="upload" />
      <form
        class="cards wide"
        aria-busy=${h?"true":void 0}
        onSubmit=${S=>{S.preventDefault(),C()}}
        novalidate
      >
        <section class="card">
          <h2>${n("jobs.file")}</h2>
          <${_t}
            file=${o}
            fault=${i??X(T,"file_name")??X(T,"encoding")}
            choose=${S=>{let I=Ge(S);r(S),c(I),p.look(I?null:S)}}
          />
          ${p.proposed&&a`<${ro} ...${p} />`}
          <${M}
            id="name"
            label=${n("jobs.job_name")}
            hint=${n("jobs.job_name_hint")}
            fault=${X(T,"name")}
          >
            ${S=>a`
              <input
                ...${S}
                value=${e.name}
                onInput=${I=>v("name",I.target.value)}
                autocomplete="off"
              />
            `}
          </${M}>
          <${R} error=${ge(T,...In)??f} />
          <div class="row">
            <button type="submit" disabled=${!l}>${n("jobs.upload")}</button>
          </div>
          <p class="small">${n("jobs.nothing_yet")}</p>
        </section>
        <${zn} ...${E} />
      </form>
    </${q}>
  `}var zn=({settings:e,devices:t,chosen:s,draft:o,put:r,error:i})=>a`
  <section class="card">
    <h2>${n("jobs.how")}</h2>
    ${e&&a`
        <div class="field">
          <${Xs}
            all=${t}
            chosen=${s.devices}
            change=${c=>r("devices",c)}
          />
          ${s.devices.length===0&&a`<p class="fault">${n("jobs.devices_none")}</p>`}
        </div>
        <${$t}
          value=${s.lifetime}
          change=${c=>r("lifetime",c)}
          least=${e.limits.link_lifetime_minimum}
          most=${e.limits.link_lifetime_maximum}
          fault=${X(i,"link_lifetime")}
        />
      `}
    <${M}
      id="report"
      label=${n("jobs.report_to")}
      hint=${n("jobs.report_hint")}
      fault=${X(i,"report_to")}
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
    </${M}>
  </section>
`;function lo({source:e,title:t}){let s=P();return x(()=>{let o=[],r=e.replace(/<style[^>]*>([^]*?)<\/style>/gi,(d,p)=>(o.push(p),"")).replace(/<[a-z][^>]*>/gi,d=>d.replace(/\sstyle=/i," data-style=")),i=new DOMParser().parseFromString(r,"text/html");for(let d of i.querySelectorAll("script, link, base, meta, iframe, object, form"))d.remove();for(let d of i.querySelectorAll("a"))d.removeAttribute("href");let{contentDocument:c,contentWindow:l}=s.current;c.documentElement.lang=i.documentElement.lang,c.adoptedStyleSheets=o.map(d=>{let p=new l.CSSStyleSheet;return p.replaceSync(d),p}),c.body.replaceWith(c.importNode(i.body,!0));for(let d of c.querySelectorAll("[data-style]"))d.style.cssText=d.dataset.style;let u=()=>{s.current&&(s.current.style.height=0,s.current.style.height=`${c.documentElement.scrollHeight}px`)};u();let f=new ResizeObserver(u);return f.observe(c.body),()=>f.disconnect()},[e]),a`
    <iframe ref=${s} title=${t} sandbox="allow-same-origin" tabindex="0"></iframe>
  `}var Hn=["first_name","last_name","username","company","link","expires_at","expires_in"],De=["subject","body","sms"],Ne=({subject:e,body:t,sms:s})=>({subject:e,body:t,sms:s});function gt({texts:e,put:t,fault:s}){let o=P({}),r=P("body"),i=l=>{let u=r.current==="subject"&&l==="link"?"body":r.current,f=o.current[u],{selectionStart:d,selectionEnd:p,value:$}=f,m=`{{${l}}}`;t(u)($.slice(0,d)+m+$.slice(p)),requestAnimationFrame(()=>{f.focus(),f.setSelectionRange(d+m.length,d+m.length)})},c=l=>({ref:u=>{o.current[l]=u},value:e[l],onInput:u=>t(l)(u.target.value),onFocus:()=>{r.current=l}});return a`
    <${M} id="subject" label=${n("jobs.subject")} fault=${s("subject")}>
      ${l=>a`<input ...${l} ...${c("subject")} autocomplete="off" />`}
    </${M}>
    <${M}
      id="body"
      label=${n("jobs.body")}
      hint=${n("jobs.body_hint",{place:"{{link}}"})}
      fault=${s("body")}
    >
      ${l=>a`<textarea ...${l} ...${c("body")} rows="12"></textarea>`}
    </${M}>
    <${M}
      id="sms"
      label=${n("jobs.sms")}
      hint=${n("jobs.sms_hint")}
      fault=${s("sms")}
    >
      ${l=>a`<textarea ...${l} ...${c("sms")} rows="3"></textarea>`}
    </${M}>
    <div class="field" role="group" aria-labelledby="insert">
      <p class="small" id="insert">${n("jobs.insert")}</p>
      <p class="chips">
        ${Hn.map(l=>a`
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
  `}var Jn={delivered:"good",sent:"info",bounced:"bad",complained:"warn",failed:"bad",skipped:void 0,queued:"none"},Wn=()=>[{name:n("jobs.user"),head:!0,cell:e=>k(e.username)},{name:n("jobs.delivery"),beside:!0,cell:e=>a`<${N} kind="delivery" of=${e.state} />`},{name:n("jobs.why"),cell:e=>ye(e.reason)??oe()},{name:n("jobs.device"),cell:e=>e.device??"–"},{name:n("jobs.at"),cell:e=>a`<span class="nowrap">${D(e.at)}</span>`}],Gn=["","delivered","sent","bounced","complained","failed","skipped"];function Vn({path:e}){let[t,s]=b(""),o=Y(`${e}/deliveries`,{state:t},{size:10});return a`
    <${ue}
      label=${n("jobs.delivery")}
      value=${t}
      choose=${s}
      of=${Gn.map(r=>({value:r,name:r?n(`jobs.delivery_${r}`):n("jobs.all")}))}
    />
    <${ee}
      turn
      pages=${o}
      caption=${n("jobs.deliveries")}
      columns=${Wn()}
      id=${r=>`${r.username} ${r.device}`}
      none=${a`<p class="quiet">${n("jobs.deliveries_none")}</p>`}
    />
  `}var Kn=e=>Jt(e)?1e4:700;function vt({job:e,id:t,changed:s}){let o=`/api/jobs/${e.id}/notifications/${t}`,{value:r,error:i,reload:c}=_e(o,Kn),[l,u]=b(!1),[f,d]=b(!1),{audience:p,queued:$}=r?.counts??{audience:0,queued:0},m=ft(p-$,p);if(!r)return i?a`<${Z} error=${i} again=${c} />`:a`<${W} lines=${3} />`;let _=async()=>{await L("POST",`${o}/cancel`,{}),u(!1),J(n("jobs.cancelled")),await c(),s?.()},g=Jt(r);return a`
    <article class="notification">
      <div class="row between">
        <h3 class="row" tabindex="-1" id=${`notification-${r.id}`}>
          ${n("jobs.notification",{id:r.id})}${" "}
          <${N} kind="notification" of=${r.status} />
        </h3>
        ${!g&&a`
            <${j} kind="danger compact" onClick=${()=>u(!0)}>
              ${n("jobs.cancel_sending")}
            </${j}>
          `}
      </div>
      <p class="quiet">
        ${[Ks(r),n(`jobs.trigger_${r.trigger}`,{who:r.created_by??"–"}),D(r.created_at)].join(" · ")}
      </p>
      ${r.reason&&a`<p class="note" data-tone="warn">${ye(r.reason)}</p>`}
      ${!g&&a`<${Zn} one=${r} rest=${m} />`}
      ${p>0?a`
              <div aria-hidden=${g?void 0:"true"}>
                <${Ht}
                  whole=${p}
                  parts=${Object.entries(Jn).map(([v,C])=>({name:n(`jobs.delivery_${v}`),count:r.counts[v],tone:C})).filter(v=>v.count>0)}
                />
              </div>
            `:g&&a`<p class="quiet">${n("jobs.nobody")}</p>`}
      <details open=${f} onToggle=${v=>d(v.target.open)}>
        <summary>${n("jobs.details")}</summary>
        ${f&&a`<${Qn} one=${r} path=${o} />`}
      </details>
      ${l&&a`
          <${G}
            title=${n("jobs.cancel_title")}
            confirm=${n("jobs.cancel_sending")}
            kind="danger"
            dismiss=${n("jobs.go_on_sending")}
            close=${()=>u(!1)}
            act=${_}
          >
            <p>${n("jobs.cancel_text")}</p>
          </${G}>
        `}
    </article>
  `}var Qn=({one:e,path:t})=>a`
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
    ${n("jobs.details_text",{lifetime:H(V(e.link_lifetime)),devices:e.devices.join(", ")})}
  </p>
  <${Vn} path=${t} />
`;function Zn({one:e,rest:t}){let{audience:s,queued:o}=e.counts,r=e.status==="paused"?n("jobs.paused"):void 0;return a`
    <${he}
      value=${s-o}
      whole=${s||void 0}
      label=${w("jobs.handed_over",s-o,{whole:y(s)})}
      text=${r??t}
      said=${r}
    />
  `}var uo=[...Pe,"everyone"],Xn=e=>({pending:e.pending,expired:e.expired,everyone:e.active+e.pending}),Yn=({names:e})=>a`
  ${e.slice(0,5).map((t,s)=>[s>0&&", ",k(t)])}${e.length>5&&" …"}
`;function er({job:e,value:t,change:s,preview:o}){let r=Xn(e.users),i=Wt(e.id),c=[...uo,...i?.length?["named"]:[]];return a`
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
                  ${l==="named"?w("jobs.named",i.length):n(`jobs.audience_${l}`)}
                </b>
                ${u!=null&&l!=="named"&&a`
                    ${" "}
                    <b class="quiet">${y(u)}</b>
                  `}
                <span class="small">
                  ${l==="named"?a`<${Yn} names=${i} />`:n(`jobs.audience_${l}_hint`)}
                </span>
              </span>
            </label>
          `})}
      </div>
    </fieldset>
  `}function tr({preview:e,error:t,busy:s,username:o,change:r,again:i}){let[c,l]=b("email"),u=e?.messages.find(f=>f.channel===c);return a`
    <section class="card" aria-busy=${s?"true":void 0}>
      <h2>${n("jobs.preview")}</h2>
      <${M}
        id="as"
        label=${n("jobs.preview_for")}
        hint=${n("jobs.preview_for_hint")}
        fault=${X(t,"username")}
      >
        ${f=>a`
          <input
            ...${f}
            value=${o}
            onInput=${d=>r(d.target.value)}
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
          />
        `}
      </${M}>
      <${ue}
        label=${n("jobs.channel")}
        value=${c}
        choose=${l}
        of=${["email","sms"].map(f=>({value:f,name:n(`jobs.channel_${f}`)}))}
      />
      ${t&&!t.fields?.length&&a`<${Z} error=${t} again=${i} />`}
      ${u?c==="email"?a`
                <div class="mail">
                  <p><strong>${u.subject}</strong></p>
                  <${lo} title=${n("jobs.preview_mail")} source=${u.html} />
                </div>
                <details>
                  <summary>${n("jobs.as_text")}</summary>
                  <pre class="mail">${u.text}</pre>
                </details>
              `:a`
                <div class="phone"><pre>${u.text}</pre></div>
                <p class="small">${w("jobs.segments",u.segments)}</p>
              `:e?a`<p class="quiet">${n("jobs.preview_none")}</p>`:!t&&a`<${W} lines=${4} />`}
    </section>
  `}function mo({preview:e}){if(!e)return a`<${W} lines=${1} />`;let{size:t,email:s,sms:o,none:r,estimated:i}=e.audience;return a`
    <p>
      ${i?n("jobs.about"):""}${" "}${w("jobs.reaches",t-r)}${" "}
      <span class="quiet">
        ${[s>0&&w("jobs.by_email",s),o>0&&w("jobs.by_sms",o),r>0&&w("jobs.by_none",r)].filter(Boolean).join(", ")}${t>0?".":""}
      </span>
      ${t>r&&e.duration&&a`
          ${" "}
          <span class="quiet">
            ${n("jobs.takes",{time:H(Math.max(1,V(e.duration)))})}
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
  `}function sr(e,t){return e.audience==="named"&&t?.length?{usernames:t}:{audience:uo.includes(e.audience)?e.audience:"pending"}}var or=(e,t)=>({...sr(t,Wt(e.id)),...t.changed&&Ne(t),...t.devices.length<e.devices.length&&{devices:t.devices},...t.lifetime!==e.link_lifetime&&{link_lifetime:t.lifetime}});function nr(e,t){let[s,o]=b({}),r=P(),i=ie(t,400),c=async()=>{let l={};r.current=l,o(u=>({...u,busy:!0}));try{let{body:u}=await L("POST",`${e}/preview`,i);r.current===l&&o({value:u})}catch(u){r.current===l&&o(f=>({value:f.value,error:u}))}};return x(()=>{c()},[JSON.stringify(i)]),[s,c]}function rr(e,t){let s=new URLSearchParams(location.search).get("audience"),[o,r,i]=be(`notify:${e.id}`,{...t,changed:!1,devices:e.devices,lifetime:e.link_lifetime,audience:s??"pending"});return x(()=>{s&&r(u=>({...u,audience:s}))},[]),[o,{put:u=>f=>r(d=>({...d,...!d.changed&&t,[u]:f,changed:d.changed||De.includes(u)})),undo:()=>r(u=>({...u,...t,changed:!1})),forget:i}]}function ir({job:e,message:t,sent:s}){let[o,{put:r,undo:i,forget:c}]=rr(e,t),[l,u]=b(!1),[f,d]=b(""),p=P({}),$=`/api/jobs/${e.id}/notifications`,m=or(e,o),_=f.trim(),[g,v]=nr($,{...m,..._&&{username:_}}),[C,h]=z(async()=>{await L("POST",`${$}/test`,m),J(n("jobs.test_sent"))}),T=async()=>{let O=JSON.stringify(m);p.current.text!==O&&(p.current={text:O,value:qe()});let{body:B}=await L("POST",$,m,{"Idempotency-Key":p.current.value});p.current={},c(),pt(e.id,null),u(!1),s(B)},E=o.changed?o:t,S=O=>X(g.error,O)??X(h.error,O),I=g.error?.fields?.some(({field:O})=>De.includes(O));return a`
    <div class="split">
      <form class="card" onSubmit=${O=>O.preventDefault()}>
        <h2>${n("jobs.message")}</h2>
        <${er}
          job=${e}
          value=${m.usernames?"named":m.audience}
          change=${r("audience")}
          preview=${g.value}
        />
        <${gt} texts=${E} put=${r} fault=${S} />
        ${o.changed&&a`
            <p>
              <button type="button" class="plain compact" onClick=${i}>
                ${n("jobs.undo_text")}
              </button>
            </p>
          `}
        <${ar} job=${e} draft=${o} put=${r} fault=${S} />
        <hr />
        <${mo} preview=${g.value} />
        <${R} error=${ge(h.error,...De,"link_lifetime")} />
        <div class="row">
          <${j}
            disabled=${o.devices.length===0||I}
            onClick=${()=>u(!0)}
          >
            ${n("jobs.send")}
          </${j}>
          <${j} kind="second" busy=${h.busy} onClick=${C}>
            ${n("jobs.test")}
          </${j}>
        </div>
      </form>
      <${tr}
        preview=${g.value}
        error=${g.error}
        busy=${g.busy}
        username=${f}
        change=${d}
        again=${v}
      />
    </div>
    ${l&&a`<${cr} preview=${g.value} close=${()=>u(!1)} send=${T} />`}
  `}function ar({job:e,draft:t,put:s,fault:o}){let r=(i,c)=>{let l=u=>u===i?c:t.devices.includes(u);s("devices")(e.devices.filter(l))};return a`
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
      <${$t}
        value=${t.lifetime}
        change=${s("lifetime")}
        fault=${o("link_lifetime")}
      />
    </details>
  `}function cr({preview:e,close:t,send:s}){let o=e?w("jobs.send_title",e.audience.size-e.audience.none):n("jobs.send");return a`
    <${G} title=${o} confirm=${n("jobs.send")} close=${t} act=${s}>
      <p>${n("jobs.send_text")}</p>
      <${mo} preview=${e} />
    </${G}>
  `}function lr(e){let[t,s]=b({}),o=async()=>{try{let[r,i]=await Promise.all([K(`/api/jobs/${e.id}/message`),e.notifications>0?K(`/api/jobs/${e.id}/notifications/${e.notifications}`):null]);s({message:r,last:i})}catch(r){s({error:r})}};return x(()=>{o()},[e.id]),[t,o,r=>s({last:r,message:Ne(r)})]}function fo({job:e,reload:t,lost:s}){let o=Te(e),[{message:r,last:i,error:c},l,u]=lr(e),f=P(null);x(()=>{(i&&e.notifications>i.id||!i&&r&&e.notifications>0)&&l()},[e.notifications]);let d=async p=>{J(n("jobs.sending_now")),Hs(`/api/jobs/${e.id}/notifications/${p.id}`,p),u(p),f.current=!0,t()};return x(()=>{f.current&&i&&document.getElementById(`notification-${i.id}`)?.focus(),f.current=null},[i?.id]),a`
    <${te}
      job=${e}
      title=${n("jobs.step_notify")}
      acts=${o&&a`<a class="button second" href=${`/jobs/${e.id}`}>${n("jobs.overview")}</a>`}
    >
      <${re} job=${e} at="notify" />
      ${s}
      ${o?c?a`<${Z} error=${c} again=${l} />`:r?a`
                  ${i&&a`
                      <section class="card">
                        <h2>${n("jobs.last_message")}</h2>
                        <${vt} key=${i.id} job=${e} id=${i.id} changed=${l} />
                      </section>
                    `}
                  <${ir} key=${i?.id??0} job=${e} message=${r} sent=${d} />
                `:a`<div class="card"><${W} /></div>`:a`
              <div class="empty">
                <p>${n("jobs.not_yet_processed")}</p>
                <a class="button" href=${`/jobs/${e.id}/process`}>
                  ${n("jobs.step_process")}
                </a>
              </div>
            `}
    </${te}>
  `}var Ue=180,Kt=22,Qt=24,yt=40,po=12,ur=200;function $o(e){let s=[1,2,5].flatMap(o=>[0,1,2,3,4,5,6].map(r=>o*10**r)).sort((o,r)=>o-r).find(o=>e/o<=3)??e;return Array.from({length:Math.floor(e/s)+1},(o,r)=>r*s)}var Zt=(e,t)=>new Intl.DateTimeFormat(void 0,t<1728e5?{hour:"numeric",minute:"2-digit"}:{day:"numeric",month:"short"}).format(e);function _o({job:e}){let[{activity:t,sent:s},o]=b({}),r=P(),[i,c]=b(0),{active:l}=e.users;return x(()=>{let u=!0;return Promise.all([K(`/api/jobs/${e.id}/activity`),K(`/api/jobs/${e.id}/notifications`,{limit:ur})]).then(([f,{items:d}])=>u&&o({activity:f,sent:d}),()=>{}),()=>{u=!1}},[e.id,l,e.notifications]),Je(()=>{let u=new ResizeObserver(([f])=>c(Math.floor(f.contentRect.width)));return u.observe(r.current),()=>u.disconnect()},[]),a`
    <figure class="figure" ref=${r}>
      ${t&&i?a`<${dr} activity=${t} sent=${s} width=${i} />`:a`<span class="skeleton chart-place"></span>`}
    </figure>
  `}function dr({activity:e,sent:t,width:s}){let o=e.points.map(m=>({at:Date.parse(m.at),active:m.active})),r=o[0].at,i=Math.max(o.at(-1).at-r,1),c=Math.max(o.at(-1).active,1),l=m=>yt+(m-r)*(s-yt-po)/i,u=m=>Ue-Qt-m*(Ue-Kt-Qt)/Math.max($o(c).at(-1),c),f=o.map(m=>`${l(m.at).toFixed(1)},${u(m.active).toFixed(1)}`).join(" L"),d=Array.from({length:s<480?3:5},(m,_,g=s<480?2:4)=>r+i*_/g),p=m=>`${y(m.active)}, ${D(m.at)}`,$=`${n("jobs.chart_title")}: ${p(o[0])}; ${p(o.at(-1))}`;return a`
    <svg
      class="chart"
      viewBox=${`0 0 ${s} ${Ue}`}
      width=${s}
      height=${Ue}
      role="img"
      aria-label=${$}
    >
      ${$o(c).map(m=>a`
          <g key=${`y${m}`}>
            <line class="grid" x1=${yt} x2=${s-po} y1=${u(m)} y2=${u(m)} />
            <text x=${yt-8} y=${u(m)+4} text-anchor="end">${y(m)}</text>
          </g>
        `)}
      ${d.map((m,_)=>_>0&&Zt(m,i)===Zt(d[_-1],i)?null:a`
              <text
                key=${`x${_}`}
                x=${l(m)}
                y=${Ue-6}
                text-anchor=${_===0?"start":_===d.length-1?"end":"middle"}
              >
                ${Zt(m,i)}
              </text>
            `)}
      <path class="area" d=${`M${l(r)},${u(0)} L${f} L${l(o.at(-1).at)},${u(0)} Z`} />
      <path class="line" d=${`M${f}`} />
      ${t.map(m=>{let _=Math.min(Math.max(Date.parse(m.created_at),r),r+i),g=m.trigger==="reminder";return a`
          <g key=${`n${m.id}`}>
            <title>
              ${n(g?"jobs.chart_reminder":"jobs.chart_message",{id:m.id,at:D(_)})}
            </title>
            <line
              class=${`mark ${g?"reminder":""}`}
              x1=${l(_)}
              x2=${l(_)}
              y1=${Kt-8}
              y2=${Ue-Qt}
            />
            <circle class=${`dot ${g?"reminder":""}`} cx=${l(_)} cy=${Kt-12} r="6" />
          </g>
        `})}
    </svg>
    <figcaption>
      <ul class="bar-key">
        <li>
          <i data-tone="good"></i>
          ${n("jobs.chart_key_active")}
        </li>
        ${t.some(m=>m.trigger!=="reminder")&&a`
            <li>
              <i data-tone="info"></i>
              ${n("jobs.chart_key_message")}
            </li>
          `}
        ${t.some(m=>m.trigger==="reminder")&&a`
            <li>
              <i data-tone="warn"></i>
              ${n("jobs.chart_key_reminder")}
            </li>
          `}
        ${e.estimated&&a`<li>${n("jobs.chart_estimated")}</li>`}
      </ul>
    </figcaption>
  `}var mr=()=>[{name:n("jobs.user"),head:!0,cell:e=>a`
      ${le(e.username)}
      <span class="small under">${k(ce(e))}</span>
    `},{name:n("jobs.state"),beside:!0,cell:e=>a`<${N} kind="state" of=${e.state} />`},{name:n("jobs.last_message"),cell:({last_delivery:e})=>e?a`
            <span>
              ${e.notification?n("jobs.notification",{id:e.notification}):n("jobs.link")}${e.device?`, ${e.device}`:""}${" "}
              <span class="small">${D(e.at)}</span>
            </span>
          `:oe()},{name:n("jobs.delivery"),cell:({last_delivery:e})=>e?a`
            <span>
              <${N} kind="delivery" of=${e.state} />
              ${e.reason&&a`
                  ${" "}
                  <span class="small">${ye(e.reason)}</span>
                `}
            </span>
          `:oe()},{name:n("jobs.row"),num:!0,wide:!0,cell:e=>y(e.row)}],bo=["",...Pe,"active","inactive","removed"];function fr(e,t){return e?null:t===""?"pending":Pe.includes(t)?t:null}var pr=e=>e===""?n("jobs.all"):n(e==="unreached"?"jobs.audience_unreached":`jobs.state_${e}`),ho=e=>({"":e.total,pending:e.pending,expired:e.expired,active:e.active,inactive:e.inactive||null}),$r=({state:e})=>e&&e!=="inactive"&&e!=="removed";function go({job:e}){let[t,s]=b(()=>({q:"",show:"",...Object.fromEntries(new URLSearchParams(location.search))})),o=ie(t.q.trim()),r=bo.includes(t.show)?t.show:"";x(()=>$e({q:o,show:r}),[o,r]);let i=r==="unreached"?{audience:r}:{state:r},c=Y(`/api/jobs/${e.id}/members`,{q:o,...i},{size:25}),l=ho(e.users);return a`
    <section class="card">
      <div class="row between">
        <h2>${n("jobs.members")}</h2>
        <div class="row">
          <${_r} job=${e} state=${i.state} />
          <${br} job=${e} audience=${fr(o,r)} pages=${c} />
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
      <${ue}
        label=${n("jobs.state")}
        value=${r}
        choose=${u=>s({...t,show:u})}
        of=${bo.map(u=>({value:u,name:pr(u),count:l[u]}))}
      />
      <${ee}
        turn
        pages=${c}
        caption=${n("jobs.members")}
        columns=${mr()}
        id=${u=>u.username}
        none=${a`
          <div class="empty">
            <p>${n(o||r?"jobs.members_not_found":"jobs.members_none")}</p>
          </div>
        `}
      />
    </section>
  `}var _r=({job:e,state:t})=>a`
  <${Fe}
    kind="second compact"
    path=${`/api/jobs/${e.id}/files/members`}
    query=${t?{state:t}:void 0}
  >
    ${n(t?"jobs.export_some":"jobs.export")}
  </${Fe}>
`;function br({job:e,audience:t,pages:s}){let o=(s.items??[]).filter($r).map(c=>c.username),r=t?ho(e.users)[t]===0:s.busy||o.length===0;return a`
    <${j} kind="compact" disabled=${r} onClick=${()=>{t||pt(e.id,o),se(`/jobs/${e.id}/notify?audience=${t??"named"}`)}}>
      ${t?n(`jobs.renotify_${t}`):w("jobs.renotify",o.length)}
    </${j}>
  `}var Xt=["24h","48h","72h","168h"];function hr({job:e,texts:t,change:s,error:o}){let[r,i]=b(!1),[c,l]=b(null),u=t??c,[f,{error:d}]=z(async()=>l(Ne(await K(`/api/jobs/${e.id}/message`)))),p=$=>X(o,$);return x(()=>{De.some(p)&&i(!0)},[o]),a`
    <details
      open=${r}
      onToggle=${$=>{i($.target.open),$.target.open&&!u&&f()}}
    >
      <summary>${n("jobs.reminders_change_text")}</summary>
      ${u?a`
              <${gt}
                texts=${u}
                put=${$=>m=>s({...u,[$]:m})}
                fault=${p}
              />
            `:d?a`<${Z} error=${d} again=${f} />`:a`<${W} lines=${3} />`}
    </details>
  `}function vo({job:e,reload:t}){let{reminders:s}=e,[o,r,i]=be(`reminders:${e.id}`,{every:s?.every??"48h",maximum:String(s?.maximum??3),audience:s?.audience??"pending",texts:null,open:!1}),c=(p,$)=>r(m=>({...m,[p]:$})),l=`/api/jobs/${e.id}/reminders`,[u,f]=z(async()=>{await L("DELETE",l,{}),i(),await t(),J(n("jobs.reminders_off"))}),d=async()=>{i(),await t(),c("open",!1),J(n("jobs.reminders_on"))};return a`
    <section class="card">
      <h2>${n("jobs.reminders")}</h2>
      ${s?a`<${gr} reminders=${s} />`:a`<p class="quiet">${n("jobs.reminders_none")}</p>`}
      ${o.open?a`<${vr} job=${e} path=${l} draft=${o} put=${c} saved=${d} />`:a`
              <div class="row">
                <button type="button" class="second" onClick=${()=>c("open",!0)}>
                  ${n(s?"jobs.reminders_change":"jobs.reminders_set")}
                </button>
                ${s&&a`
                    <${j} kind="plain" busy=${f.busy} onClick=${u}>
                      ${n("jobs.reminders_stop")}
                    </${j}>
                  `}
              </div>
              <${R} error=${f.error} />
            `}
    </section>
  `}function gr({reminders:e}){let{every:t,audience:s,subject:o,sent:r,maximum:i,next_at:c}=e,l=r<i?n("jobs.reminders_wait"):"";return a`
    <p>
      ${n("jobs.reminders_are",{every:H(V(t)),audience:n(`jobs.audience_${s}`)})}
    </p>
    <p class="quiet">${n("jobs.subject")}: ${k(o)}</p>
    <p class="quiet">
      ${w("jobs.reminders_sent",r,{maximum:y(i)})}${" "}
      ${c?n("jobs.reminders_next",{at:D(c)}):l}
    </p>
  `}function vr({job:e,path:t,draft:s,put:o,saved:r}){let{every:i,maximum:c,audience:l}=s,u=s.texts??(e.reminders&&Ne(e.reminders)),[f,{busy:d,error:p}]=z(async()=>{await L("PUT",t,{every:i,maximum:Number(c),audience:l,...u}),await r()}),$=Xt.includes(i)?Xt:[i,...Xt];return a`
    <form
      novalidate
      aria-busy=${d?"true":void 0}
      onSubmit=${m=>{m.preventDefault(),f()}}
    >
      <${M}
        id="every"
        label=${n("jobs.every")}
        hint=${n("jobs.every_hint")}
        fault=${X(p,"every")}
      >
        ${m=>a`
          <select
            ...${m}
            value=${s.every}
            onChange=${_=>o("every",_.target.value)}
          >
            ${$.map(_=>a`<option key=${_} value=${_}>${H(V(_))}</option>`)}
          </select>
        `}
      </${M}>
      <${M}
        id="maximum"
        label=${n("jobs.maximum")}
        fault=${X(p,"maximum")}
      >
        ${m=>a`
          <input
            ...${m}
            type="number"
            min="1"
            max="20"
            value=${s.maximum}
            onInput=${_=>o("maximum",_.target.value)}
          />
        `}
      </${M}>
      <${M}
        id="reminded"
        label=${n("jobs.to_whom")}
        fault=${X(p,"audience")}
      >
        ${m=>a`
          <select
            ...${m}
            value=${s.audience}
            onChange=${_=>o("audience",_.target.value)}
          >
            ${Pe.map(_=>a`
                <option key=${_} value=${_}>${n(`jobs.audience_${_}`)}</option>
              `)}
          </select>
        `}
      </${M}>
      <${hr}
        job=${e}
        texts=${u}
        change=${m=>o("texts",m)}
        error=${p}
      />
      <p class="small">${n("jobs.reminders_text")}</p>
      <${R}
        error=${ge(p,"every","maximum","audience",...De)}
      />
      <div class="row">
        <button type="submit">${n("jobs.save")}</button>
        <button type="button" class="second" onClick=${()=>o("open",!1)}>
          ${n("jobs.cancel")}
        </button>
      </div>
    </form>
  `}function yr({job:e}){let[t,s]=b(3),o=Array.from({length:Math.min(t,e.notifications)},(r,i)=>e.notifications-i);return a`
    <section class="card">
      <h2>${n("jobs.notifications")}</h2>
      ${e.notifications===0?a`
              <div class="empty">
                <p>${n("jobs.notifications_none")}</p>
                <a class="button" href=${`/jobs/${e.id}/notify`}>${n("jobs.notify_now")}</a>
              </div>
            `:o.map((r,i)=>a`
                ${i>0&&a`<hr key=${`line ${r}`} />`}
                <${vt} key=${r} job=${e} id=${r} />
              `)}
      ${e.notifications>t&&a`
          <div class="more">
            <${j} kind="second" onClick=${()=>s(t+5)}>
              ${n("jobs.earlier_ones")}
            </${j}>
          </div>
        `}
    </section>
  `}function xr({job:e}){let[t,s]=b(!1);return a`
    <section class="card">
      <h2>${n("jobs.delete")}</h2>
      <p class="quiet">${n("jobs.delete_text")}</p>
      <div class="row">
        <button type="button" class="danger" onClick=${()=>s(!0)}>
          ${n("jobs.delete_this")}
        </button>
      </div>
      ${t&&a`
          <${G}
            title=${n("jobs.delete_title",{name:e.name})}
            kind="danger"
            confirm=${n("jobs.delete_this")}
            close=${()=>s(!1)}
            act=${async()=>{await L("DELETE",`/api/jobs/${e.id}`,{}),J(n("jobs.deleted",{name:e.name})),se("/jobs")}}
          >
            <p>${n("jobs.delete_text")}</p>
          </${G}>
        `}
    </section>
  `}function yo({job:e,reload:t,lost:s}){let{users:o}=e,r=Te(e)&&o;return a`
    <${te}
      job=${e}
      title=${n("jobs.overview")}
      acts=${r&&a`<a class="button" href=${`/jobs/${e.id}/notify`}>${n("jobs.notify_now")}</a>`}
    >
      <${re} job=${e} />
      ${s}
      ${r?a`
              <div class="cards wide">
                <section class="card">
                  <h2>${n("jobs.who_acted")}</h2>
                  ${o.total>0?a`
                          <p>
                            ${w("jobs.active_of",o.active,{total:y(o.total),percent:we(o.active,o.total)})}${o.undeliverable>0?` ${w("jobs.undeliverable",o.undeliverable)}`:""}
                          </p>
                          <${Be} users=${o} />
                          <${_o} job=${e} />
                        `:a`<p>${n("jobs.no_users")}</p>`}
                  <p class="small">${n("jobs.as_of",{at:D(o.as_of)})}</p>
                </section>
                <${vo} job=${e} reload=${t} />
              </div>
              <${yr} job=${e} />
              <${go} job=${e} />
            `:a`
              <div class="empty">
                <p>${n("jobs.not_yet_processed")}</p>
                <a class="button" href=${mt(e)}>${n(`jobs.step_${ve(e)}`)}</a>
              </div>
            `}
      <${xr} job=${e} />
    </${te}>
  `}function jr({job:e}){let{processed:t,valid:s}=e.rows,o=ft(t??0,s);return a`
    <section class="card">
      <h2>${n("jobs.processing")}</h2>
      <${he}
        value=${t??0}
        whole=${s}
        label=${w("jobs.processed_of",t??0,{whole:y(s)})}
        text=${o}
      />
      <p class="small">${n("jobs.may_leave")}</p>
    </section>
  `}function xo({job:e,reload:t,lost:s}){let{status:o,rows:r,users:i}=e,[c,{busy:l,error:u}]=z(async()=>{await L("POST",`/api/jobs/${e.id}/process`,{}),await t()}),f=Te(e);return a`
    <${te}
      job=${e}
      title=${n("jobs.step_process")}
      acts=${f&&a`<a class="button second" href=${`/jobs/${e.id}`}>${n("jobs.overview")}</a>`}
    >
      <${re} job=${e} at="process" />
      ${s}
      ${o==="validated"&&a`
          <section class="card">
            <p>${w("jobs.go_on",r.valid)}</p>
            <${R} error=${u} />
            <div class="row">
              <a class="button second" href=${`/jobs/${e.id}/validate`}>${n("jobs.back")}</a>
              <${j} busy=${l} onClick=${c}>
                ${w("jobs.process_rows",r.valid)}
              </${j}>
            </div>
          </section>
        `}
      ${r.total==null&&a`
          <div class="empty">
            <p>${n("jobs.not_yet_read")}</p>
            <a class="button" href=${`/jobs/${e.id}/validate`}>${n("jobs.step_validate")}</a>
          </div>
        `}
      ${o==="processing"&&a`<${jr} job=${e} />`}
      ${o==="failed"&&a`
          <div class="note" data-tone="warn">
            <p>${w("jobs.failed_rows",r.failed)}</p>
            <${R} error=${u} />
            <div class="row">
              <${j} kind="second compact" busy=${l} onClick=${c}>
                ${n("jobs.try_failed")}
              </${j}>
            </div>
          </div>
        `}
      ${r.processed!=null&&a`
          <${dt}
            of=${["added","updated","unchanged","removed","failed"].map(d=>[n(`jobs.outcome_${d}`),r[d]])}
          />
        `}
      ${f&&i&&a`
          <section class="card">
            <h2>${n("jobs.who_acted")}</h2>
            ${i.total>0?a`
                    <p>
                      ${w("jobs.active_of",i.active,{total:y(i.total),percent:we(i.active,i.total)})}
                    </p>
                    <${Be} users=${i} />
                  `:a`<p>${n("jobs.no_users")}</p>`}
            <p class="small">${n("jobs.finished",{at:D(e.finished_at)})}</p>
          </section>
          <div class="row">
            <a class="button" href=${`/jobs/${e.id}/notify`}>${n("jobs.continue_notify")}</a>
            ${r.invalid>0&&a`
                <a class="button second" href=${`/jobs/${e.id}/validate`}>
                  ${w("jobs.see_invalid",r.invalid)}
                </a>
              `}
          </div>
        `}
    </${te}>
  `}function wr(e){let[,t]=b(0);return x(()=>{let s=()=>t(o=>o+1);return addEventListener("transferred",s),()=>removeEventListener("transferred",s)},[]),Vt(e)}function kr({job:e}){let t=wr(e.id),[s,o]=b(),r=io(e.id);if(t?.state==="going"||t?.state==="done"){let{loaded:i,total:c,since:l,state:u}=t,f=(Date.now()-l)*(c-i)/Math.max(i,1)/1e3;return a`
      <${he}
        value=${i}
        whole=${c}
        label=${u==="done"?n("jobs.uploaded"):n("jobs.uploading")}
        text=${u==="done"?n("jobs.waiting_read"):i>0?n("jobs.left",{time:H(f)}):Ke(c)}
      />
    `}return a`
    ${t?.state==="broken"&&a`<div role="alert" class="problem"><p>${n("jobs.upload_broken")}</p></div>`}
    ${r?a`
            <p>${n("jobs.upload_again",{until:D(r.expires_at)})}</p>
            <${_t}
              fault=${s}
              choose=${i=>{let c=Ge(i)??(i.name===e.file_name?void 0:n("jobs.file_other",{name:e.file_name}));o(c),c||ht(e.id,r,i)}}
            />
          `:a`<p>${n("jobs.upload_elsewhere")}</p>`}
    <div class="row"><${xe} job=${e} /></div>
  `}function jo({job:e,lost:t}){let s=e.status==="awaiting_file",[o]=b(()=>s||Vt(e.id)!==void 0);return x(()=>{!o||s||(ao(e.id),se(`/jobs/${e.id}/validate`,{replace:!0}))},[s]),a`
    <${te} job=${e} title=${n("jobs.step_upload")}>
      <${re} job=${e} at="upload" />
      ${t}
      <section class="card">
        ${s?a`
                <h2>${k(e.file_name)}</h2>
                <${kr} job=${e} />
              `:a`
                <h2>${n("jobs.file_came")}</h2>
                <dl>
                  <dt>${n("jobs.file")}</dt>
                  <dd>${k(e.file_name)}</dd>
                  <dt>${n("jobs.devices")}</dt>
                  <dd>${e.devices.join(", ")}</dd>
                  <dt>${n("jobs.lifetime")}</dt>
                  <dd>${H(V(e.link_lifetime))}</dd>
                </dl>
                <div class="row">
                  <a
                    class="button"
                    href=${`/jobs/${e.id}/${ve(e)==="process"?"process":"validate"}`}
                  >
                    ${n("jobs.continue")}
                  </a>
                  <a class="button second" href="/jobs/new">${n("jobs.new")}</a>
                </div>
              `}
      </section>
    </${te}>
  `}var Sr=["User","First Name","Last Name","Operation","Status","Role","Language","Time Zone","Site","User Supervisor","External Key","Externally Owned","License Type"],Ve=" ",Or=10,Yt=e=>`/api/jobs/${e.id}/mapping`,wo=()=>document.querySelector("h1").focus(),Cr=({field:e,source:t})=>e??(t&&t!=="proposed"?Ve:""),ko=e=>e.map(({column:t},s)=>a`${s>0&&", "}${k(t||"–")}`);function So({row:e,columns:t}){let s=[...new Set(t.map(o=>o.export).filter(Boolean))];return[s.length>0&&n("jobs.columns_known",{export:s.join(", ")}),t.some(({source:o})=>o==="remembered")&&n("jobs.columns_remembered"),e>1&&n("jobs.columns_row",{row:e})].filter(Boolean)}function Oo({job:e,change:t}){let[s,o]=b(null);x(()=>{K(Yt(e)).then(o,()=>o(null))},[]);let r=s?.columns??[],i=r.every(({source:u})=>u==="ours")&&r.some(({field:u})=>u==="User"),c=r.every(({column:u})=>u!=="");if(r.length===0||i||!c)return null;let l=r.filter(({field:u})=>u===null);return a`
    <section class="card">
      <div class="row between">
        <h2>${n("jobs.columns")}</h2>
        <button type="button" class="second compact" onClick=${t}>
          ${n("jobs.columns_change")}
        </button>
      </div>
      ${So(s).map(u=>a`<p key=${u}>${u}</p>`)}
      ${l.length>0&&a`<${Co} of=${l} name="columns_ignored" />`}
    </section>
  `}var Co=({of:e,name:t})=>e.length>Or?a`
        <details class="inline">
          <summary>${w(`jobs.${t}`,e.length)}</summary>
          <p class="small">${ko(e)}</p>
        </details>
      `:a`<p>${w(`jobs.${t}`,e.length)}: ${ko(e)}</p>`;function To({job:e,done:t,close:s}){let[o,r]=b({}),i=async()=>{r({});try{let[l,u]=await Promise.all([K(Yt(e)),K("/api/settings")]);r({mapping:l,settings:u})}catch(l){r({error:l})}};x(()=>{i()},[]);let c=P();return x(()=>{s&&c.current.focus()},[]),a`
    <section class="card">
      <h2 tabindex="-1" ref=${c}>${n("jobs.columns_title")}</h2>
      ${o.mapping?a`<${Dr} job=${e} ...${o} done=${t} close=${s} />`:o.error?a`<${Z} error=${o.error} again=${i} />`:a`<${W} />`}
    </section>
  `}function Tr(e,t){let s=new Map;return e.map((o,r)=>{let i=Cr(o),c=t[r]??i,l=c===""?"undecided":c===i?o.source:"chosen",u=c.trim()!=="",f=u?s.get(c):void 0;return u&&f===void 0&&s.set(c,o.column),{...o,i:r,first:i,value:c,source:l,same:f}})}var Pr=e=>Object.fromEntries(e.filter(t=>t.source!=="ours").map(({column:t,value:s})=>[t,s===Ve?null:s]));function Dr({job:e,mapping:t,settings:s,done:o,close:r}){let[i,c,l]=be(`columns:${e.id}`,{chosen:{},keep:!0}),[u,f]=b(!1),d=P(),p=Tr(t.columns,i.chosen),$=p.filter(({value:O})=>O===""),m=p.some(({value:O})=>O==="User"),_=(O,B)=>c(de=>({...de,chosen:{...de.chosen,[O]:B}})),g=()=>requestAnimationFrame(()=>d.current?.querySelector("[aria-invalid]")?.focus()),[v,{busy:C,error:h}]=z(async()=>{if(f(!0),$.length>0||p.some(({same:O})=>O!==void 0))return g();m&&(await L("PUT",Yt(e),{columns:Pr(p),remember:i.keep}),l(),await o(),wo())});x(()=>{h&&g()},[h]);let T=()=>{let O=Object.fromEntries($.map(({i:B})=>[B,Ve]));c(B=>({...B,chosen:{...B.chosen,...O}})),document.getElementById("map").focus()},E=({column:O,value:B,same:de})=>u&&B===""&&n("jobs.columns_decide")||de!==void 0&&n("jobs.columns_same",{column:de})||X(h,`columns.${O}`),S=ge(h,...p.map(({column:O})=>`columns.${O}`)),I=()=>{l(),r(),wo()};return a`
    <p>${[...So(t),n("jobs.columns_text")].join(" ")}</p>
    <div class="scroll" role="region" aria-label=${n("jobs.columns_title")} ref=${d}>
      <${Ce}
        caption=${n("jobs.columns_title")}
        columns=${Lr(s,_,E)}
        items=${p}
        id=${({i:O})=>O}
      />
    </div>
    ${$.length>0&&a`
        <div class="note" data-tone="warn">
          <${Co} of=${$} name="columns_undecided" />
          <p>
            <button type="button" class="second compact" onClick=${T}>
              ${w("jobs.columns_ignore",$.length)}
            </button>
          </p>
        </div>
      `}
    <label class="check">
      <input
        type="checkbox"
        checked=${i.keep}
        onChange=${({target:O})=>c(B=>({...B,keep:O.checked}))}
      />
      <span>${n("jobs.columns_remember")}</span>
    </label>
    <div role="alert" class="problem">
      ${u&&!m&&a`<p>${n("jobs.columns_no_user")}</p>`}
    </div>
    <${R} error=${S?.code==="job_not_validated"?Er:S} />
    <div class="row end">
      ${r?a`
              <button type="button" class="second" onClick=${I}>
                ${n("jobs.cancel")}
              </button>
            `:a`<${xe} job=${e} />`}
      <${j} id="map" busy=${C} onClick=${v}>${n("jobs.columns_use")}</${j}>
    </div>
  `}var Er={code:"not_mappable"},Lr=(e,t,s)=>[{name:n("jobs.columns_column"),head:!0,cell:({column:o})=>k(o)||oe()},{name:n("jobs.columns_who"),beside:!0,cell:({source:o})=>a`<${N} kind="source" of=${o} />`},{name:n("jobs.columns_samples"),cell:({samples:o})=>o.length===0?oe():a`
            <ul class="changes">
              ${o.map((r,i)=>a`<li key=${i}>${k(r)}</li>`)}
            </ul>
          `},{name:n("jobs.columns_becomes"),cell:o=>a`<${qr} ...${o} fault=${s(o)} settings=${e} put=${t} />`}];function qr({i:e,column:t,value:s,also:o,fault:r,settings:i,put:c}){let l=i.devices.map(({name:f})=>f),u=[["columns_users",Sr],["devices",[...l,...l.map(f=>`${f} Status`)]],["columns_custom",i.custom_fields]];return a`
    <div>
      <select
        value=${s}
        aria-label=${n("jobs.columns_becomes_of",{column:t})}
        aria-invalid=${r?"true":void 0}
        aria-describedby=${r?`column-${e}-fault`:void 0}
        onChange=${f=>c(e,f.target.value)}
      >
        ${s===""&&a`<option value="">${n("jobs.columns_choose")}</option>`}
        <option value=${Ve}>${n("jobs.columns_nothing")}</option>
        ${u.map(([f,d])=>d.length>0&&a`
              <optgroup key=${f} label=${n(`jobs.${f}`)}>
                ${d.map(p=>a`<option key=${p} value=${p}>${p}</option>`)}
              </optgroup>
            `)}
      </select>
      ${o&&s!==Ve&&a`<p class="small">${n("jobs.columns_also",{also:o})}</p>`}
      ${r&&a`<p class="fault" id=${`column-${e}-fault`}>${r}</p>`}
    </div>
  `}var Ar=()=>[{name:n("jobs.row"),head:!0,num:!0,cell:e=>y(e.row)},{name:n("jobs.level"),beside:!0,cell:e=>a`<${N} kind="level" of=${e.level} />`},{name:n("jobs.column"),cell:e=>k(e.column)??"–"},{name:n("jobs.what"),cell:e=>a`<span lang="en" dir="ltr">${e.message}</span>`},{name:n("jobs.value"),cell:e=>e.value?a`<code dir="auto">${e.value}</code>`:oe()}];function Mr({job:e}){let[t,s]=b(""),o=Y(`/api/jobs/${e.id}/errors`,{level:t},{size:20});return a`
    <section class="card">
      <div class="row between">
        <h2>${n("jobs.issues")}</h2>
        ${e.rows.invalid>0&&a`
            <${Fe} kind="second compact" path=${`/api/jobs/${e.id}/files/errors`}>
              ${n("jobs.download_errors")}
            </${Fe}>
          `}
      </div>
      <p class="quiet">
        ${e.rows.invalid>0?n("jobs.issues_text"):n("jobs.issues_none_text")}
      </p>
      <${ue}
        label=${n("jobs.level")}
        value=${t}
        choose=${s}
        of=${["","error","warning"].map(r=>({value:r,name:n(`jobs.levels_${r||"all"}`)}))}
      />
      <${ee}
        turn
        pages=${o}
        caption=${n("jobs.issues")}
        columns=${Ar()}
        none=${a`<div class="empty"><p>${n(`jobs.issues_no_${t||"all"}`)}</p></div>`}
      />
    </section>
  `}var Br=()=>[{name:n("jobs.user"),head:!0,cell:e=>k(e.username)},{name:n("jobs.operation"),beside:!0,cell:e=>a`<${N} kind="operation" of=${e.operation} />`},{name:n("jobs.row"),num:!0,cell:e=>y(e.row)},{name:n("jobs.change"),cell:e=>{let t=Object.entries(e.changes??{});return t.length===0?oe():t.length<=Fr?Po(t):a`
              <details class="inline">
                <summary>${w("jobs.fields",t.length)}</summary>
                ${Po(t)}
              </details>
            `}}],Fr=3,Po=e=>a`
  <ul class="changes">
    ${e.map(([t,[s,o]])=>a`
        <li key=${t}>
          <span class="quiet">${k(t)}:</span>
          ${" "}${es(s)&&a`<del dir="auto">${es(s)}</del> → `}
          <ins dir="auto">${es(o)||n("jobs.cleared")}</ins>
        </li>
      `)}
  </ul>
`,es=e=>Array.isArray(e)?e.join(", "):e==null?"":String(e),Do=["remove","update","add","unchanged"];function Nr({job:e}){let t=e.rows.planned,[s,o]=b(()=>t?Do.find(i=>t[i]>0)??"":""),r=Y(`/api/jobs/${e.id}/changes`,{operation:s},{size:20});return a`
    <section class="card">
      <h2>${n("jobs.changes")}</h2>
      <${ue}
        label=${n("jobs.operation")}
        value=${s}
        choose=${o}
        of=${[...Do.map(i=>({value:i,name:n(`jobs.operation_${i}`),count:t?.[i]})),{value:"",name:n("jobs.all")}]}
      />
      ${s==="remove"&&t?.remove>0&&a`
          <div class="note" data-tone="bad">
            <p>${w("jobs.removals",t.remove)}</p>
          </div>
        `}
      <${ee}
        turn
        pages=${r}
        caption=${n("jobs.changes")}
        columns=${Br()}
        id=${i=>i.row}
        none=${a`<div class="empty"><p>${n("jobs.changes_none")}</p></div>`}
      />
    </section>
  `}function Ur({job:e}){let[t,s]=b(Date.now()),[o]=b(t);x(()=>{let c=setInterval(()=>s(Date.now()),1e3);return()=>clearInterval(c)},[]);let{processed:r,total:i}=e.rows;return a`
    <section class="card">
      <h2>${n("jobs.reading")}</h2>
      <${he}
        label=${n("jobs.reading_text")}
        text=${n("jobs.since",{time:H((t-o)/1e3)})}
        value=${r}
        whole=${i}
      />
    </section>
  `}var Rr=({job:e})=>a`
  <div class="note" data-tone="bad">
    <h2 tabindex="-1">${n("jobs.rejected")}</h2>
    <p lang="en" dir="ltr">${e.rejected_reason}</p>
    <p>${n("jobs.rejected_text")}</p>
  </div>
  <div class="row">
    <${xe} job=${e} kind="">${n("jobs.another_file")}</${xe}>
  </div>
  <p></p>
`,Ir=({rows:{total:e,valid:t,invalid:s,planned:o}})=>a`
  <${dt}
    of=${[[n("jobs.rows"),e],[n("jobs.valid"),t],[n("jobs.invalid"),s],...o?[[n("jobs.planned_add"),o.add],[n("jobs.planned_update"),o.update],[n("jobs.planned_unchanged"),o.unchanged],[n("jobs.planned_remove"),o.remove]]:[]]}
  />
`;function zr({job:e,reload:t}){let{valid:s,invalid:o}=e.rows,[r,{busy:i,error:c}]=z(async()=>{await L("POST",`/api/jobs/${e.id}/process`,{}),await t(),se(`/jobs/${e.id}/process`)});return a`
    <section class="card">
      <div class="row between">
        <p>
          ${o>0?w("jobs.go_on_good",s,{invalid:y(o)}):w("jobs.go_on",s)}
        </p>
        <div class="row">
          <${xe} job=${e} />
          <${j} busy=${i} onClick=${r}>${w("jobs.process_rows",s)}</${j}>
        </div>
      </div>
      <${R} error=${c} />
    </section>
  `}function Eo({job:e,reload:t,lost:s}){let{status:o,rows:r}=e,[i,c]=b(!1),l=o==="validated"||o==="rejected",u=d=>a`
    <${te} job=${e} title=${n("jobs.step_validate")}>
      <${re} job=${e} at="validate" />
      ${s}${d}
    </${te}>
  `;if(o==="needs_mapping"||i&&l)return u(a`<${To} job=${e} done=${async()=>{await t(),c(!1)}} close=${o==="needs_mapping"?void 0:()=>c(!1)} />`);let f=r.total!=null;return u(a`
    ${o==="awaiting_file"&&a`
        <div class="empty">
          <p>${n("jobs.no_file")}</p>
          <a class="button" href=${`/jobs/${e.id}/upload`}>${n("jobs.step_upload")}</a>
        </div>
      `}
    ${o==="validating"&&a`<${Ur} job=${e} />`}
    ${o==="rejected"&&a`<${Rr} job=${e} />`}
    ${f&&a`<${Ir} rows=${r} />`}
    ${o==="validated"&&a`<${zr} job=${e} reload=${t} />`}
    ${l&&a`<${Oo} job=${e} change=${()=>c(!0)} />`}
    ${f&&a`<${Mr} job=${e} />`}
    ${o==="validated"&&a`<${Nr} job=${e} />`}
    ${ve(e)==="process"&&a`
        <p>
          <a class="button" href=${`/jobs/${e.id}/process`}>${n("jobs.continue")}</a>
        </p>
      `}
  `)}var Hr={upload:jo,validate:Eo,process:xo,notify:fo},Jr={awaiting_file:1e3,validating:500,needs_mapping:4e3,processing:500,processed:4e3,failed:4e3};function ts({id:e,step:t}){let s=`/api/jobs/${encodeURIComponent(e)}`,{value:o,error:r,reload:i}=_e(s,({status:u})=>Jr[u]??null);if(!o){let u=a`<a href="/jobs">${n("jobs.title")}</a>`;return a`
      <${q} title=${n("jobs.job")} crumb=${u}>
        ${r?a`<${Z} error=${r} again=${i} />`:a`<div class="card"><${W} /></div>`}
      </${q}>
    `}let c=r&&a`
      <p class="note" data-tone="warn" role="status">
        ${r.status===404?n("jobs.job_gone"):n("jobs.lost")}
      </p>
    `,l=t?Hr[t]:yo;return a`<${l} job=${o} reload=${i} lost=${c} />`}var Lo="/api/mappings",qo=3;function Ao({of:{header:e}}){let t=e.slice(0,qo).map((s,o)=>a`${o>0&&", "}${k(s)}`);return a`${t}${e.length>qo&&" …"}`}var Wr=({of:{header:e,columns:t}})=>a`
  <details class="inline">
    <summary>${w("records.remembered_columns",e.length)}</summary>
    <ul class="changes">
      ${e.map(s=>a`
          <li key=${s}>${k(s)}: <ins>${Gr(t[s],s)}</ins></li>
        `)}
    </ul>
  </details>
`,Gr=(e,t)=>e===null?n("jobs.columns_nothing"):e??t,Vr=e=>[{name:n("jobs.columns_column"),head:!0,cell:t=>a`<${Ao} of=${t} />`},{name:n("jobs.columns_becomes"),cell:t=>a`<${Wr} of=${t} />`},{name:n("records.at"),cell:t=>a`<span class="nowrap">${D(t.mapped_at)}</span>`},{name:n("records.actor"),cell:t=>le(t.mapped_by)},{name:n("records.job"),cell:t=>a`<a class="nowrap" href=${`/jobs/${t.job}`}>${n("records.open_job")}</a>`},{name:n("records.forget"),beside:!0,cell:t=>a`
      <button type="button" class="second compact nowrap" onClick=${()=>e(t)}>
        ${n("records.forget")}
      </button>
    `}];function Mo(){let e=Y(Lo,{}),[t,s]=b(null),o=()=>s(null),r=async()=>{await L("DELETE",`${Lo}/${t.id}`,{}),J(n("records.forgotten")),o(),e.again()};return a`
    <section class="card" aria-labelledby="remembered">
      <h2 id="remembered">${n("records.remembered")}</h2>
      <p>${n("records.remembered_text")}</p>
      <${ee}
        pages=${e}
        caption=${n("records.remembered")}
        columns=${Vr(s)}
        id=${({id:i})=>i}
        none=${a`<p class="quiet">${n("records.remembered_none")}</p>`}
      />
      ${t&&a`
          <${G}
            title=${n("records.forget_title")}
            confirm=${n("records.forget")}
            close=${o}
            act=${r}
          >
            <p><${Ao} of=${t} /></p>
            <p>${n("records.forget_text")}</p>
          </${G}>
        `}
    </section>
  `}var Bo=e=>new Intl.DisplayNames(document.documentElement.lang,{type:"language"}).of(e);function Kr(e,t){let s=t.find(({tag:o,name:r})=>e===o||e===r);return s?Bo(s.tag):e}var Ee=e=>H(V(e)),Le=({id:e,title:t,of:s,children:o})=>a`
  <section class="card" aria-labelledby=${e}>
    <h2 id=${e}>${t}</h2>
    <dl>
      ${s.map(([r,i])=>a`
          <dt key=${r}>${r}</dt>
          <dd>${k(i)??n("records.not_set")}</dd>
        `)}
    </dl>
    ${o}
  </section>
`;function Qr({of:e,settings:t}){let{email:s,email_note:o}=t,r=s?[!s.production&&n("records.sandbox"),!s.sending_enabled&&n("records.sending_off")].filter(Boolean):[n("records.email_unknown")];return a`
    <${Le}
      id="email"
      title=${n("records.email")}
      of=${[...e,...s?[[n("records.quota"),s.max_24_hour_send===null?n("records.no_limit"):w("records.emails",s.max_24_hour_send)],[n("records.sent_today"),y(s.sent_last_24_hours)],[n("records.rate"),s.max_send_rate?w("records.per_second",s.max_send_rate):n("records.no_limit")]]:[]]}
    >
      ${r.length>0&&a`
          <div class="note" data-tone="warn" title=${o??void 0}>
            ${r.map(i=>a`<p key=${i}>${i}</p>`)}
          </div>
        `}
    </${Le}>
  `}function Fo(){let{value:e,error:t,reload:s}=_e("/api/settings",()=>null);if(!e)return a`
      <${q} title=${n("records.settings")} under=${n("records.settings_text")}>
        ${t?a`<${Z} error=${t} again=${s} />`:a`<div class="card"><${W} /></div>`}
      </${q}>
    `;let{limits:o,sms:r}=e,i=(c,l)=>n("records.from_to",{from:Ee(c),to:Ee(l)});return a`
    <${q} title=${n("records.settings")} under=${n("records.settings_text")}>
      <div class="cards two">
        <${Le}
          id="deployment"
          title=${n("records.deployment")}
          of=${[[n("records.company"),e.company],[n("records.support"),e.support_contact],[n("records.base_url"),e.base_url],[n("records.app_url"),e.app_url],[n("records.language"),Kr(e.language,e.languages)],[n("records.languages"),e.languages.map(({tag:c})=>Bo(c)).join(", ")],[n("records.time_zone"),Qe(e.time_zone)]]}
        />
        <${Qr}
          settings=${e}
          of=${[[n("records.sender"),e.sender],[n("records.reply_to"),e.reply_to]]}
        />
        <${Le}
          id="links"
          title=${n("records.links")}
          of=${[[n("records.link_lifetime"),Ee(o.link_lifetime)],[n("records.link_range"),i(o.link_lifetime_minimum,o.link_lifetime_maximum)],[n("records.reset_lifetime"),Ee(o.reset_lifetime)],[n("records.code_lifetime"),Ee(o.code_lifetime)],[n("records.renew_gap"),Ee(o.renew_gap)],[n("records.forgot"),w("records.per_hour",o.forgot_per_hour)]]}
        />
        <${Le}
          id="access"
          title=${n("records.access")}
          of=${[[n("records.password"),n("records.password_range",{from:y(o.password_minimum),to:y(o.password_maximum)})],[n("records.session_lifetime"),Ee(o.session_lifetime)]]}
        />
        <${Le}
          id="devices"
          title=${n("records.devices")}
          of=${[...e.devices.map(c=>[c.name,[n(`jobs.channel_${c.channel}`)||n("records.channel_voice"),c.default&&n("records.by_default")].filter(Boolean).join(", ")]),[n("records.countries"),r.countries.join(", ")||n("records.all_countries")],[n("records.segments"),y(r.max_segments)]]}
        />
        <${Le}
          id="file"
          title=${n("records.file")}
          of=${[[n("records.file_size"),St(o.file_bytes)],[n("records.file_rows"),y(o.file_rows)],[n("records.row_size"),St(o.row_bytes)],[n("records.custom_fields"),e.custom_fields.join(", ")||n("records.none")]]}
        />
      </div>
      <${Mo} />
    </${q}>
  `}var Zr=e=>`/api/users/${encodeURIComponent(e)}`,Xr=({of:e})=>a`
  <dl>
    ${e.filter(([,t])=>t!=null&&t!=="").map(([t,s])=>a`
          <dt key=${t}>${t}</dt>
          <dd>${k(s)}</dd>
        `)}
  </dl>
`;function xt({name:e,path:t,done:s,question:o,text:r,kind:i="second"}){let[c,l]=b(!1),u=P(),f=async()=>{u.current??=qe(),await L("POST",t,{},{"Idempotency-Key":u.current}),u.current=null,J(s.said),l(!1),s.reload()},[d,{busy:p,error:$}]=z(f);return o?a`
    <button type="button" class=${i} onClick=${()=>l(!0)}>${e}</button>
    ${c&&a`
        <${G} title=${o} confirm=${e} close=${()=>l(!1)} act=${f}>
          <p>${r}</p>
        </${G}>
      `}
  `:a`
      <div>
        <${j} kind=${i} busy=${p} onClick=${d}>${e}</${j}>
        <${R} error=${$} />
      </div>
    `}var Yr=({user:e,path:t,reload:s})=>a`
  <section class="card" aria-labelledby="devices">
    <h2 id="devices">${n("records.devices")}</h2>
    ${e.devices.length===0?a`<p class="quiet">${n("records.devices_none")}</p>`:a`
            <${Ce}
              caption=${n("records.devices")}
              items=${e.devices}
              id=${o=>o.name}
              columns=${[{name:n("records.device"),head:!0,cell:o=>o.name},{name:n("records.address"),cell:o=>k(o.address)},{name:n("records.state"),cell:o=>a`
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
                          ${o.reason&&a`<span class="small">${ye(o.reason)}</span>`}
                          <${xt}
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
`,ei=({user:e})=>a`
  <section class="card" aria-labelledby="deliveries">
    <h2 id="deliveries">${n("records.deliveries")}</h2>
    ${e.deliveries.length===0?a`<p class="quiet">${n("records.deliveries_none")}</p>`:a`
            <${Ce}
              caption=${n("records.deliveries")}
              items=${e.deliveries}
              columns=${[{name:n("records.message"),head:!0,cell:t=>t.job?a`<a href=${`/jobs/${t.job}`}>${Ae("kind",t.kind)}</a>`:Ae("kind",t.kind)},{name:n("records.device"),cell:t=>t.device??"–"},{name:n("records.delivery"),cell:t=>a`
                    <span class="row">
                      <${N} kind="delivery" of=${t.state} />
                      ${t.reason&&a`<span class="small">${ye(t.reason)}</span>`}
                    </span>
                  `},{name:n("records.at"),cell:t=>a`<span class="nowrap">${D(t.at)}</span>`}]}
            />
          `}
  </section>
`,ti=({user:e})=>a`
  <section class="card" aria-labelledby="jobs">
    <h2 id="jobs">${n("records.jobs")}</h2>
    ${e.jobs.length===0?a`<p class="quiet">${n("records.jobs_none")}</p>`:a`
            <${Ce}
              caption=${n("records.jobs")}
              items=${e.jobs}
              id=${t=>t.id}
              columns=${[{name:n("records.job"),head:!0,cell:t=>a`<a dir="auto" href=${`/jobs/${t.id}`}>${t.name}</a>`},{name:n("records.row"),num:!0,cell:t=>y(t.row)},{name:n("records.outcome"),cell:t=>a`<${N} kind="outcome" of=${t.outcome} />`},{name:n("records.at"),cell:t=>a`<span class="nowrap">${D(t.at)}</span>`}]}
            />
          `}
  </section>
`;function No({username:e}){let t=Zr(e),{value:s,error:o,reload:r}=_e(t,()=>4e3),i=a`<a href="/users">${n("records.users")}</a>`;if(!s)return a`
      <${q} title=${n("records.user")} name=${e} crumb=${i}>
        ${o?a`<${Z} error=${o} again=${r} />`:a`<div class="card"><${W} /></div>`}
      </${q}>
    `;let c=s.state!=="inactive"&&s.state!=="removed";return a`
    <${q}
      title=${n("records.user")}
      name=${ce(s)||s.username}
      crumb=${i}
      under=${a`
        <${N} kind="state" of=${s.state} />
        ${" "}
        ${k(s.username)}
      `}
      acts=${a`
        ${c&&a`
            <${xt}
              kind=""
              name=${n("records.resend")}
              path=${`${t}/notifications`}
              done=${{said:n("records.resent"),reload:r}}
              question=${n("records.resend_title",{username:s.username})}
              text=${s.state==="active"?n("records.resend_text_active"):n("records.resend_text")}
            />
          `}
        <${xt}
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
            <${xt}
              kind="second compact"
              name=${n("records.unlock")}
              path=${`${t}/unlock`}
              done=${{said:n("records.unlocked"),reload:r}}
            />
          </div>
        `}
      <div class="cards wide">
        <div>
          <${Yr} user=${s} path=${t} reload=${r} />
          <${ei} user=${s} />
          <${ti} user=${s} />
        </div>
        <section class="card" aria-labelledby="profile">
          <h2 id="profile">${n("records.profile")}</h2>
          <${Xr}
            of=${[[n("records.username"),s.username],[n("records.name"),ce(s)],[n("records.roles"),s.roles.join(", ")||n("records.roles_none")],[n("records.state"),n(`jobs.state_${s.state}`)],[n("records.activated_at"),s.activated_at&&D(s.activated_at)],[n("records.link_sent"),s.link&&D(s.link.sent_at)],[n("records.link_until"),s.link&&D(s.link.expires_at)],[n("records.language"),s.language],[n("records.time_zone"),Qe(s.time_zone)],...Object.entries(s.fields)]}
          />
          <p class="small">
            <a href=${`/audit?username=${encodeURIComponent(s.username)}`}>
              ${n("records.see_audit")}
            </a>
          </p>
        </section>
      </div>
    </${q}>
  `}var si=()=>[{name:n("records.username"),head:!0,cell:e=>le(e.username)},{name:n("records.name"),cell:e=>k(ce(e))||null},{name:n("records.state"),beside:!0,cell:e=>a`<${N} kind="state" of=${e.state} />`},{name:n("records.roles"),cell:e=>e.roles.join(", ")||null}];function Uo(){let[e,t]=b(()=>new URLSearchParams(location.search).get("q")??""),s=ie(e.trim());x(()=>$e({q:s}),[s]);let o=Y("/api/users",{q:s});return a`
    <${q} title=${n("records.users")}>
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
          columns=${si()}
          id=${r=>r.username}
          none=${a`
            <div class="empty">
              <p>${s?n("records.users_not_found"):n("records.users_none")}</p>
            </div>
          `}
        />
      </section>
    </${q}>
  `}var Ro={"/jobs":Zs,"/jobs/new":co,"/jobs/{id}":ts,"/jobs/{id}/{step}":ts,"/users":Uo,"/users/{username}":No,"/audit":Gs,"/settings":Fo};function Io(){ms();let e=document.getElementById("app");e.replaceChildren(),Bt(a`<${oi} />`,e)}function oi(){let e=Object.keys(Ro),t=Rs(e);Je(()=>fs(t.path),[t.path]);let s=zt(e,t.path);return a`<${Ro[s.pattern]} key=${t.number} ...${s.values} />`}cs();Io();
