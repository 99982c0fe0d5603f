var kt;function ss(e){kt=e}var y=e=>e==null?"–":new Intl.NumberFormat().format(e);function je(e,t){return t?e===t?100:e>0?Math.min(99,Math.max(1,Math.round(e*100/t))):0:0}function E(e){return e?new Intl.DateTimeFormat(void 0,{dateStyle:"medium",timeStyle:"short"}).format(new Date(e)):"–"}function ns(e){let t=new Intl.DateTimeFormat(void 0,{dateStyle:"long",timeStyle:"short"});return e&&t.format(new Date(e))}var jt=(e,t,s)=>new Intl.NumberFormat(kt,{style:"unit",unit:t,...s}).format(e),Un=[["day",86400],["hour",3600],["minute",60],["second",1]];function H(e){let t=Math.max(0,Math.round(e)),s=[];for(let[n,r]of Un){let i=Math.floor(t/r);if(t-=i*r,i>0&&s.push(jt(i,n,{unitDisplay:"long"})),s.length===2||s.length===1&&i===0)break}return s.length===0?jt(0,"second",{unitDisplay:"long"}):new Intl.ListFormat(kt,{type:"unit"}).format(s)}var Nn={h:3600,m:60,s:1,ms:.001};function W(e){let t=0;for(let[,s,n]of String(e??"").matchAll(/([\d.]+)(h|ms|m|s)/g))t+=s*Nn[n];return t}var wt=[["gigabyte",1e9],["megabyte",1e6],["kilobyte",1e3],["byte",1]];function Ke(e){let[t,s]=wt.find(([,r])=>e>=r)??wt.at(-1),n={style:"unit",unit:t,maximumFractionDigits:1};return new Intl.NumberFormat(void 0,n).format(e/s)}function St(e){let[t,s]=wt.slice(0,2).find(([,n])=>e>=n)??["kilobyte",1024];return jt(Math.floor(e*10/s)/10,t,{maximumFractionDigits:1})}function Qe(e){let[,t,s]=/^Etc\/GMT([+-])([1-9]\d?)$/.exec(e??"")??[];return t?`UTC${t==="-"?"+":"-"}${s}`:e}var Ze={},os,rs=!1;function is(e,t,s="ltr"){Ze=e,os=new Intl.PluralRules(t),rs=s==="rtl"}var o=(e,t)=>as(Ze[e]??"",t);function w(e,t,s={}){let n=Ze[`${e}_${os.select(t)}`]??Ze[`${e}_other`];return as((n??"").replaceAll("{count}",y(t)),s)}function as(e,t={}){let s=(n,r)=>{let i=t[r]??"–";return rs&&n!==e?Rn(i):i};return e.replace(/\{(\w+)\}/g,s)}var Rn=e=>`⁨${e}⁩`;function cs(){let{lang:e,dir:t}=document.documentElement;ss(e),is(globalThis.texts??In(),e,t),document.querySelector(".late").remove()}function In(){let e=document.getElementById("messages").content.children;return Object.fromEntries([...e].map(t=>[t.dataset.name,t.textContent]))}var ls=()=>document.querySelector("meta[name=application-name]").content;var zn=2e4,Xe=class extends Error{},Ye=class extends Error{constructor({status:t,body:s,until:n}){super(s?.error?.message??""),this.status=t,this.until=n,this.code=s?.error?.code??"",this.fields=s?.error?.fields??[]}};async function Ot(e,t,s,n={}){let r=s&&{body:JSON.stringify(s),headers:{"Content-Type":"application/json",...n}};try{let i=await fetch(t,{method:e,signal:AbortSignal.timeout(zn),...r}),c=i.headers.get("Retry-After");return{status:i.status,body:Hn(await i.text()),seconds:Number(c),until:c&&ns(Date.now()+c*1e3)}}catch{throw new Xe}}function Hn(e){try{return JSON.parse(e)}catch{return null}}async function L(e,t,s,n){let r=await Ot(e,t,s,n);if(r.status===401)return Jn();let i=r.body===null&&r.status!==204;if(r.status>=400||i)throw new Ye(r);return r}async function G(e,t={}){let s=Object.entries(t).filter(([,i])=>i!==""&&i!=null),n=s.length?`${e}?${new URLSearchParams(s)}`:e,{body:r}=await L("GET",n);return r}function Jn(){return location.assign(`/sign-in?then=${encodeURIComponent(location.pathname+location.search)}`),new Promise(()=>{})}function qe(){return crypto.randomUUID?crypto.randomUUID():[...crypto.getRandomValues(new Uint8Array(16))].map(t=>t.toString(16).padStart(2,"0")).join("")}function Ct(e){return e instanceof Xe?o("unreachable"):e.status===429&&e.until?o("too_many",e):o("failed")}function us(e){let t=o(`console.error_${e.code}`);return t?[t]:e.fields?.length?e.fields.map(s=>s.message):!(e instanceof Ye)||e.status===429&&e.until?[Ct(e)]:[e.message&&e.status<500?e.message:o("failed")]}var V={get(e){try{return JSON.parse(sessionStorage.getItem(e))}catch{return null}},set(e,t){try{sessionStorage.setItem(e,JSON.stringify(t))}catch{}}};var Ae=(e,t)=>t==null?"–":o(`records.${e}_${t.replaceAll("-","_")}`)||t,ce=e=>[e.first_name,e.last_name].filter(Boolean).join(" ");function Z(e){let t=document.createElement("p");t.textContent=e,document.getElementById("toasts").append(t),setTimeout(()=>t.remove(),7e3)}function ms(){document.getElementById("sign-out").addEventListener("click",Wn);let e=V.get("user");e&&ds(e),L("GET","/api/session").then(({body:t})=>ds(t.user),()=>{})}function ds(e){V.set("user",e),document.getElementById("who").textContent=ce(e)||e.username}async function Wn(){try{let e=await Ot("POST","/api/sign-out",{});if(e.status!==204&&e.status!==401)throw e;V.set("user",null),location.assign("/sign-in")}catch(e){Z(Ct(e))}}function fs(e){let[,t,s]=e.split("/");for(let n of document.querySelectorAll("header nav a"))n.getAttribute("href")!==`/${t}`?n.removeAttribute("aria-current"):n.setAttribute("aria-current",s?"true":"page")}/*! HTM 3.1.1, https://github.com/developit/htm, Copyright 2018 Google Inc., Apache-2.0: see vendor/LICENSES.txt */var $s=function(e,t,s,n){var r;t[0]=0;for(var i=1;i<t.length;i++){var c=t[i++],l=t[i]?(t[0]|=c?1:2,s[t[i++]]):t[++i];c===3?n[0]=l:c===4?n[1]=Object.assign(n[1]||{},l):c===5?(n[1]=n[1]||{})[t[++i]]=l:c===6?n[1][t[++i]]+=l+"":c?(r=e.apply(l,$s(e,l,s,["",null])),n.push(r),l[0]?t[0]|=2:(t[i-2]=0,t[i]=r)):n.push(l)}return n},ps=new Map;function _s(e){var t=ps.get(this);return t||(t=new Map,ps.set(this,t)),(t=$s(this,t.get(e)||(t.set(e,t=(function(s){for(var n,r,i=1,c="",l="",u=[0],f=function($){i===1&&($||(c=c.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?u.push(0,$,c):i===3&&($||c)?(u.push(3,$,c),i=2):i===2&&c==="..."&&$?u.push(4,$,0):i===2&&c&&!$?u.push(5,0,!0,c):i>=5&&((c||!$&&i===5)&&(u.push(i,0,c,r),i=6),$&&(u.push(i,$,0,r),i=6)),c=""},d=0;d<s.length;d++){d&&(i===1&&f(),f(d));for(var p=0;p<s[d].length;p++)n=s[d][p],i===1?n==="<"?(f(),u=[u],i=3):c+=n:i===4?c==="--"&&n===">"?(i=1,c=""):c=n+c[0]:l?n===l?l="":c+=n:n==='"'||n==="'"?l=n:n===">"?(f(),i=1):i&&(n==="="?(i=5,r=c,c=""):n==="/"&&(i<5||s[d][p+1]===">")?(f(),i===3&&(u=u[0]),i=u,(u=u[0]).push(2,0,i),i=0):n===" "||n==="	"||n===`
`||n==="\r"?(f(),i=2):c+=n),i===3&&c==="!--"&&(i=4,u=u[0])}return f(),u})(e)),t),arguments,[])).length>1?t:t[0]}/*! Preact 11.2.0, https://preactjs.com, (c) 2015-present Jason Miller, MIT: see vendor/LICENSES.txt */var A,gs,Gn,me,Tt,ot,vs,tt,ys,Dt,Pt,Vn,Ie=Symbol.for("pv"),rt={},it=[],Kn=/^m(i|n|o|s|text|space)$/,Et=Array.isArray,Lt=it.slice,ke=Object.assign;function we(e){e&&e.parentNode&&e.remove()}function xs(e,t,s){var n,r,i,c={},l=arguments.length;for(i in t)i=="key"?n=t[i]:i=="ref"&&typeof e!="function"?r=t[i]:c[i]=t[i];return l>2&&(c.children=l>3?Lt.call(arguments,2):s),Re(e,c,n,r,null)}function Re(e,t,s,n,r){var i={type:e,props:t,key:s,ref:n,__k:null,__:null,__b:0,__e:null,__c:null,constructor:Ie,__v:r||++gs,__i:-1,__u:0};return!r&&A.vnode&&A.vnode(i),i}function at(e){return e.children}function st(e,t){this.props=e,this.context=t,this.__g=0}function fe(e,t){if(t==null)return e.__&&fe(e.__,e.__i+1);for(var s;t<e.__k.length;t++)if((s=e.__k[t])&&s.__e)return s.__e;return typeof e.type!="function"||e.props.__P?null:fe(e)}function Qn(e){var t,s=e.__v,n=s.__e,r=[],i=[],c=e.__P;c&&((t=ke({constructor:Ie},s)).__v=s.__v+1,A.vnode&&A.vnode(t),qt(c,t,s,e.__n,c.namespaceURI,32&s.__u?[n]:null,r,n||fe(s),32&s.__u,i),t.__v=s.__v,t.__.__k[t.__i]=t,Cs(r,t,i),s.__=s.__e=null,t.__e!=n&&js(t))}function js(e){if((e=e.__)&&e.__c&&!e.props.__P)return e.__e=null,e.__k.some(function(t){return t&&(e.__e=t.__e)}),js(e)}function bs(e){(8&e.__g||(e.__g|=8,me.push(e),ot++))&&Tt==A.debounceRendering||((Tt=A.debounceRendering)||queueMicrotask)(ws)}function ws(){try{for(var e,t=1;me.length;)me.length>t&&me.sort(vs),e=me.shift(),t=me.length,8&e.__g&&Qn(e)}finally{(ot=me.length)&&(Tt||queueMicrotask)(ws)}}function ks(e,t,s,n,r,i,c,l,u,f,d){var p,$,m,_,g,v,C=n.__k||it,h=t.length;for(u=Zn(s,t,C,u,h),p=0;p<h;p++)(m=s.__k[p])!=null&&($=~m.__i&&C[m.__i]||rt,m.__i=p,v=qt(e,m,$,r,i,c,l,u,f,d),_=m.__e,($.ref!=m.ref||8&$.__u)&&($.ref&&At($.ref,null,m,$),m.ref&&d.push(m.ref,m.__c||_,m)),g=g||_,4&m.__u?(u=Ss(m,u,e,!$.__v),$.__e&&($.__e=null)):typeof m.type=="function"&&v!==void 0?u=v:_&&(u=_.nextSibling),m.__u&=-21);return s.__e=g,u}function Zn(e,t,s,n,r){var i,c,l,u,f,d,p,$,m,_=s.length,g=_,v=0,C=0,h=e.__k=Array(r);for(i=0;i<r;i++)(c=t[i])!=null&&typeof c!="boolean"&&typeof c!="function"?(typeof c!="object"||c.constructor===String?c=h[i]=Re(null,c):Et(c)?c=h[i]=Re(at,{children:c}):c.constructor===Ie&&c.__b?c=h[i]=Re(c.type,c.props,c.key,c.ref,c.__v):h[i]=c,u=i+v,c.__=e,c.__b=e.__b+1,l=null,~(f=c.__i=Xn(c,s,u,g))&&(g--,(l=s[f])&&(l.__u|=2)),l&&l.__v?(c.__u|=16,f==u-1?v--:f==u+1?v++:f!=u&&(f>u?v--:v++,C=1)):(~f||(r>_?v--:r<_&&v++),typeof c.type!="function"&&(c.__u|=4))):h[i]=null;if(C){for(d=[],p=[],i=0;i<r;i++)if((c=h[i])&&16&c.__u){for(v=0,$=d.length;v<$;)d[m=v+$>>1]<c.__i?v=m+1:$=m;d[v]=c.__i,p[i]=v+1}for(v=d.length;i--;)p[i]&&(p[i]==v?v--:h[i].__u|=4)}if(g)for(i=0;i<_;i++)!(l=s[i])||2&l.__u||(l.__e==n&&(n=fe(l)),Mt(l,l));return n}function Ss(e,t,s,n){var r,i,c,l;if(typeof e.type=="function"){if(e.props.__P)return t;if(r=e.__k)for(i=0;i<r.length;i++)r[i]&&(r[i].__=e,t=Ss(r[i],t,s,!1));return t}for(t&&!t.parentNode&&(t=fe(e))&&!t.parentNode&&(t=null),c=e.__e,l=t;l&&l.nodeType==8;)l=l.nextSibling;for(c!=l&&(!n&&s.moveBefore&&c.parentNode?s.moveBefore(c,t):s.insertBefore(c,t||null)),t=c;(t=t&&t.nextSibling)&&t.nodeType==8&&!t.data.startsWith("$s"););return t}function Xn(e,t,s,n){var r,i=e.key,c=e.type,l=t[s],u=l&&!(2&l.__u);if(l===null&&i==null||u&&i==l.key&&c==l.type)return s;if(n>(u?1:0)){for(r=s-1;r>=0;r--)if((l=t[r])&&!(2&l.__u)&&i==l.key&&c==l.type)return r;for(r=s+1;r<t.length;r++)if((l=t[r])&&!(2&l.__u)&&i==l.key&&c==l.type)return r}return-1}function hs(e,t,s){s==null&&(s=""),t[0]=="-"?e.setProperty(t,s):e[t]=s}function et(e,t,s,n,r){var i,c;if(t=="style")if(typeof s=="string")e.style.cssText=s;else{if(typeof n=="string"&&(e.style.cssText=n=""),n)for(t in n)s&&t in s||hs(e.style,t);if(s)for(t in s)n&&s[t]==n[t]||hs(e.style,t,s[t])}else if(t[0]=="o"&&t[1]=="n")typeof s!="function"&&(s=null),typeof n!="function"&&(n=null),(e.__e||(e.__e={}))[t]=s,s&&n||(c=Pt[t]||(Pt[t]=Yn(t)),(e.__a||(e.__a={}))[t]=Dt,i=t!=(t=t.replace(ys,"$1")),(t=t.slice(2))[0]<"a"&&(t=t.toLowerCase()),s?e.addEventListener(t,c,i):e.removeEventListener(t,c,i));else{if(r=="http://www.w3.org/2000/svg")t=t.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(t!="width"&&t!="height"&&t!="href"&&t!="list"&&t!="form"&&t!="tabIndex"&&t!="download"&&t!="rowSpan"&&t!="colSpan"&&t!="role"&&t!="popover"&&t in e)try{return void(e[t]=s??"")}catch{}if(typeof s=="function")return;s==null||s===!1&&t[4]!="-"?e.removeAttribute(t):e.setAttribute(t,t=="popover"&&s==1?"":s)}}function Yn(e){return function(t){var s=this.__e;if(s){if(s=s[e],t[tt]==null)t[tt]=Dt++;else if(t[tt]<this.__a[e])return;return s(A.event?A.event(t):t)}}}function qt(e,t,s,n,r,i,c,l,u,f){var d,p,$,m,_,g,v,C,h,T,D,k,I,S,F,ue,de,xe,ae=t.type;if(t.constructor!==Ie)return null;128&s.__u&&(u=32&s.__u,d=s.__c.__z)&&(t.__u|=u,p=i=[],d.nodeType==8?l=nt(d,i):i.push(d),l=i[0]||l),(d=A.__b)&&d(t);e:if(typeof ae=="function"){$=c.length;try{if(C=t.props,h=(d=ae.prototype)&&d.render,T=(d=ae.contextType)&&n[d.__c],D=d?T?T.props.value:d.__:n,(m=s.__c)?(t.__c=m,2&m.__g&&(m.__g|=1)):(h?t.__c=m=new ae(C,D):(t.__c=m=new st(C,D),m.constructor=ae,m.render=to),T&&T.sub(m),m.state||(m.state={}),m.__n=n,m.__g|=8,m.__h=[],m.__k=[]),h&&(m.__s||(m.__s=m.state),ae.getDerivedStateFromProps&&(m.__s==m.state&&(m.__s=ke({},m.__s)),ke(m.__s,ae.getDerivedStateFromProps(C,m.__s)))),_=m.props,g=m.state,m.__v=t,s.__c){if(C!==_&&h&&!ae.getDerivedStateFromProps&&m.componentWillReceiveProps&&m.componentWillReceiveProps(C,D),t.__v==s.__v&&!(8&m.__g)||!(4&m.__g)&&m.shouldComponentUpdate&&m.shouldComponentUpdate(C,m.__s,D)===!1){t.__v!=s.__v&&(m.props=C,m.state=m.__s,m.__g&=-9),t.__e=s.__e,t.__k=s.__k,t.__k.some(function(oe){oe&&(oe.__=t)}),it.push.apply(m.__h,m.__k),m.__k=[],m.__h.length&&c.push(m),l=fe(s);break e}m.componentWillUpdate&&m.componentWillUpdate(C,m.__s,D),h&&m.componentDidUpdate&&m.__h.push(function(){m.componentDidUpdate(_,g,v)})}else h&&!ae.getDerivedStateFromProps&&m.componentWillMount&&m.componentWillMount(),h&&m.componentDidMount&&m.__h.push(m.componentDidMount);m.context=D,m.props=C,m.__P=e,m.__g&=-5,k=A.__r,I=h?25:0;do m.__g&=-9,k&&k(t),d=m.render(m.props,m.state=m.__s,m.context);while(8&m.__g&&++I<25);h&&(it.push.apply(m.__h,m.__k),m.__k=[]),m.state=m.__s,m.getChildContext&&(n=ke({},n,m.getChildContext())),h&&s.__c&&m.getSnapshotBeforeUpdate&&(v=m.getSnapshotBeforeUpdate(_,g)),S=d&&d.type===at&&d.key==null?d.props.children:d,C.__P&&(d=l,r=(e=C.__P).namespaceURI,u=i=null,s.props&&s.props.__P!=e&&(s.__k.some(function(oe){oe&&Mt(oe,oe)}),s.__k=null),l=s.__k?fe(s,0):null),l=ks(e,Et(S)?S:[S],t,s,n,r,i,c,l,u,f),C.__P&&(t.__e=null,l=d),t.__u&=-161,p&&p.some(we),m.__h.length&&c.push(m),1&m.__g&&(m.__g&=-4)}catch(oe){if(c.length=$,t.__v=null,u||i)if(oe&&oe.then){if(t.__u|=128|u,i){for(~(de=i.indexOf(l||void 0))||(de=i.length);(xe=i[de-1])&&xe.nodeType==8;)de--;for(;de<i.length;de++)if(xe=i[de])if(i[de]=null,F){if(xe==ue)break}else{if(xe.nodeType!=8)break;xe.data.startsWith("$s")&&(ue=nt(F=xe))}}if(!F){for(;l&&l.nodeType==8&&l.nextSibling;)l=l.nextSibling;F=l}(d=nt(F=t.__c.__z||(t.__c.__z=F)))?(t.__e=F,l=d):t.__e=l,l=l&&l.nextSibling}else i&&i.some(we);else t.__e=s.__e;t.__k||(t.__k=s.__k||[]),oe&&oe.then||Os(t),A.__e(oe,t,s)}}else l=t.__e=eo(s.__e,t,s,n,r,i,c,u,f,e);return(d=A.diffed)&&d(t),l}function nt(e,t){if(e&&e.nodeType==8&&e.data.startsWith("$s"))for(var s=1;e=e.nextSibling;){if(e.nodeType==8){if(e.data.startsWith("$s"))s++;else if(e.data.startsWith("/$s")&&!--s)return e}t&&t.push(e)}}function Os(e){e&&(e.__c&&(e.__c.__g|=4),e.__k&&e.__k.some(Os))}function Cs(e,t,s){for(var n=0;n<s.length;)At(s[n++],s[n++],s[n++]);A.__c&&A.__c(t,e),e.some(function(r){try{e=r.__h,r.__h=[],e.some(function(i){i.call(r)})}catch(i){A.__e(i,r.__v)}})}function eo(e,t,s,n,r,i,c,l,u,f){var d,p,$,m,_,g,v,C,h=s.props||rt,T=t.props,D=t.type;if(D=="svg"?r="http://www.w3.org/2000/svg":D=="math"?r="http://www.w3.org/1998/Math/MathML":r||(r="http://www.w3.org/1999/xhtml"),i){for(d=0;d<i.length;d++)if((_=i[d])&&(D?_.localName==D:_.nodeType==3)){e=_,i[d]=null;break}}if(!e){if(C=f.ownerDocument||document,!D)return C.createTextNode(T);e=C.createElementNS(r,D,T.is?T:f),l&&(A.__m&&A.__m(t,i),l=!1),i=null}if(D){if(f=D=="template"&&e.content||e,i=D=="textarea"&&T.defaultValue!=null?null:i&&Lt.call(f.childNodes),!l&&i)for(h={},d=0;d<e.attributes.length;d++)h[(_=e.attributes[d]).name]=_.value;for(d in h)_=h[d],d=="dangerouslySetInnerHTML"?$=_:d=="children"||d in T||d=="value"&&"defaultValue"in T||d=="checked"&&"defaultChecked"in T||et(e,d,null,_,r);for(d in T)_=T[d],d=="children"?m=_:d=="dangerouslySetInnerHTML"?p=_:d=="value"?g=_:d=="checked"?v=_:l&&typeof _!="function"||h[d]===_||et(e,d,_,h[d],r);p?(l||$&&(p.__html==$.__html||p.__html==e.innerHTML)||(e.innerHTML=p.__html),t.__k=[]):($&&(e.textContent=""),(D=="foreignObject"||r=="http://www.w3.org/1998/Math/MathML"&&Kn.test(D))&&(r="http://www.w3.org/1999/xhtml"),ks(f,Et(m)?m:[m],t,s,n,r,i,c,i?i[0]:s.__k&&fe(s,0),l,u),i&&i.some(we)),l&&D!="textarea"||(d="value",D=="progress"&&g==null?e.removeAttribute(d):g==null||g===e[d]&&(D!="progress"||g)||et(e,d,g,h[d],r),d="checked",v!=null&&v!=e[d]&&et(e,d,v,h[d],r))}else h===T||l&&e.data==T||(e.data=T);return e}function At(e,t,s,n){try{typeof e=="function"?t?t.__x=e(t)||1:n&&(n=n.__c||n.__e)&&(t=n.__x)&&(n.__x=null,typeof t=="function"?t():e(null)):e.current=t}catch(r){A.__e(r,s)}}function Mt(e,t,s){var n,r,i,c;if(A.unmount&&A.unmount(e),!(n=e.ref)||n.current&&n.current!=e.__e||At(n,null,t,e),n=e.__c){if(n.componentWillUnmount)try{n.componentWillUnmount()}catch(l){A.__e(l,t)}n.__P=n.__n=null}if(n=e.__k)for(c=0;c<n.length;c++)n[c]&&Mt(n[c],t,typeof e.type!="function"||s&&!e.props.__P);!s&&(n=e.__c)&&(n=n.__z)&&(r=nt(n,i=[]))&&(n==e.__e&&i.some(we),we(r),we(n)),s||we(e.__e),e.__e=e.__c=e.__=null}function to(e,t,s){return this.constructor(e,s)}function Ft(e,t){var s,n,r,i;A.__&&A.__(e,t),t.nodeType==9&&(t=t.documentElement),n=(s=e&&32&e.__u)?null:t.__k,t.__k=Re(at,{children:[e]}),r=[],i=[],qt(t,t.__k,n||rt,rt,t.namespaceURI,n?null:t.firstChild?Lt.call(t.childNodes):null,r,n?n.__e:t.firstChild,s,i),Cs(r,t.__k,i),t.__k.props.children=null}A={__e:function(e,t,s,n){for(var r,i,c;t=t.__;)if((r=t.__c)&&!(1&r.__g)){r.__g|=4;try{if((c=(i=r.constructor)&&i.getDerivedStateFromError)&&r.setState(i.getDerivedStateFromError(e)),r.componentDidCatch&&(r.componentDidCatch(e,n||{}),c=1),c&&8&r.__g)return void(r.__g|=2)}catch(l){e=l}}throw ot=0,e}},gs=0,Gn=function(e){return e!=null&&e.constructor===Ie},st.prototype.setState=function(e,t){var s=this.__s;s&&s!=this.state||(s=this.__s=ke({},this.state)),typeof e=="function"&&(e=e(ke({},s),this.props)),e&&(ke(s,e),this.__v&&(t&&this.__k.push(t),bs(this)))},st.prototype.forceUpdate=function(e){this.__v&&(this.__g|=4,e&&this.__h.push(e),bs(this))},st.prototype.render=at,me=[],ot=0,vs=function(e,t){return e.__v.__b-t.__v.__b},tt=Symbol(),ys=/(PointerCapture)$|Capture$/i,Dt=0,Pt={},Vn=0;/*! Preact 11.2.0, hooks, https://preactjs.com, (c) 2015-present Jason Miller, MIT: see vendor/LICENSES.txt. It imports ./preact.js instead of preact. */var Me,N,Bt,Ts,Ut=Object.is,He=0,Bs=[],Nt=[],B=A,Ps=B.__b,Ds=B.__r,Es=B.diffed,Ls=B.__c,qs=B.unmount,As=B.__;function ct(e,t){B.__h&&B.__h(N,e,He||t),He=0;var s=N.__H||(N.__H={__:[],__h:[]});return e>=s.__.length&&s.__.push({}),s.__[e]}function b(e){return He=1,so(Ns,e)}function so(e,t,s){var n=ct(Me++,2);if(n.t=e,!n.__c&&(n.__=[s?s(t):Ns(void 0,t),function(i){var c=(n.__N||n.__)[0],l=n.t(c,i);Ut(c,l)||(n.__N=[l,n.__[1]],n.__c.setState({}))}],n.__c=N,!N.__f)){N.__f=!0;var r=N.shouldComponentUpdate;N.shouldComponentUpdate=function(i,c,l){var u=this.__H;if(!u)return!0;var f=!1,d=this.props!=i;if(u.__.some(function($){$.__N&&(f=!0,Ut($.__[0],$.__N[0])||(d=!0))}),r){var p=r.call(this,i,c,l);return f?p||d:p}return!f||d}}return n.__}function x(e,t){var s=ct(Me++,3);!B.__s&&It(s.__H,t)&&(s.__P=!0,s.__=e,s.u=t,N.__H.__h.push(s))}function Je(e,t){var s=ct(Me++,4);!B.__s&&It(s.__H,t)&&(s.__P=!1,s.__=e,s.u=t,N.__h.push(s))}function P(e){return He=5,Us(function(){return{current:e}},[])}function Us(e,t){var s=ct(Me++,7);return It(s.__H,t)&&(s.__=e(),s.__H=t),s.__}function Se(e,t){return He=8,Us(function(){return e},t)}function no(){var e;do{for(;e=Nt.shift();)try{ze(e)}catch(s){B.__e(s,{__:(e=e.__P)&&e.__v})}for(;e=Bs.shift();){var t=e.__H;if(e.__P&&t)try{t.__h.some(ze),t.__h.some(Rt),t.__h=[]}catch(s){t.__h=[],B.__e(s,e.__v)}}}while(Nt.length)}B.__b=function(e){N=null,Ps&&Ps(e)},B.__=function(e,t){e&&t.__k&&t.__k.__m&&(e.__m=t.__k.__m),As&&As(e,t)},B.__r=function(e){Ds&&Ds(e),Me=0;var t=(N=e.__c).__H;t&&(Bt==N?N.__h=[]:(t.__h.some(ze),t.__h.some(Rt),Me=0),t.__h=[],t.__.some(function(s){s.__N&&(s.__=s.__N),s.u=s.__N=void 0})),Bt=N},B.diffed=function(e){Es&&Es(e);var t=e.__c;t&&t.__H&&(t.__H.__h.length&&Fs(Bs.push(t)),t.__H.__.some(function(s){s.u&&(s.__H=s.u)})),Bt=N=null},B.__c=function(e,t){t.some(function(s){try{s.__h.some(ze),s.__h=s.__h.filter(function(n){return!n.__||Rt(n)})}catch(n){s.__h=[function(){throw n}]}}),Ls&&Ls(e,t)},B.unmount=function(e){qs&&qs(e);var t,s,n=e.__c;n&&n.__H&&(n.__H.__.some(function(r){try{if(r.__P&&r.__c){if(s===void 0){for(s=e.__;s&&(!s.__c||!s.__c.__P);)s=s.__;s=s&&s.__c}r.__P=s,Fs(Nt.push(r))}else ze(r)}catch(i){t=i}}),n.__H=void 0,t&&B.__e(t,n.__v))};var Ms=typeof requestAnimationFrame=="function";function oo(e){var t,s=function(){clearTimeout(n),Ms&&cancelAnimationFrame(t),setTimeout(e)},n=setTimeout(s,35);Ms&&(t=requestAnimationFrame(s))}function Fs(e){e!=1&&Ts==B.requestAnimationFrame||((Ts=B.requestAnimationFrame)||oo)(no)}function ze(e){var t=N,s=e.__c;typeof s=="function"&&(e.__c=void 0,s()),N=t}function Rt(e){var t=N;e.__c=e.__(),N=t}function It(e,t){return!e||e.length!=t.length||t.some(function(s,n){return!Ut(s,e[n])})}function Ns(e,t){return typeof t=="function"?t(e):t}var a=_s.bind(xs);function zt(e,t){let s=t.split("/");for(let n of e){let r=ro(n.split("/"),s);if(r)return{pattern:n,values:r}}}function ro(e,t){let s={},n=(r,i)=>r.startsWith("{")?(s[r.slice(1,-1)]=io(t[i]),s[r.slice(1,-1)]!==""):r===t[i];return e.length===t.length&&e.every(n)?s:null}function io(e){try{return decodeURIComponent(e)}catch{return""}}var lt,ut=()=>location.pathname+location.search;function ee(e,{replace:t=!1}={}){history[t?"replaceState":"pushState"](null,"",e),dispatchEvent(new Event("moved"))}function pe(e){let t=new URLSearchParams(Object.entries(e).filter(([,n])=>n)),s=t.size?`${location.pathname}?${t}`:location.pathname;history.replaceState(null,"",s),lt=ut()}function Rs(e){let[t,s]=b({path:location.pathname,number:0});return x(()=>{lt=ut();let n=()=>{lt=ut(),s(c=>({path:location.pathname,number:c.number+1}))},r=()=>ut()!==lt&&n(),i=c=>ao(c,e);return addEventListener("moved",n),addEventListener("popstate",r),document.addEventListener("click",i),()=>{removeEventListener("moved",n),removeEventListener("popstate",r),document.removeEventListener("click",i)}},[]),t}function ao(e,t){let s=e.target.closest?.('a[href^="/"]');!s||s.target||s.hasAttribute("download")||e.defaultPrevented||e.button||e.ctrlKey||e.metaKey||e.shiftKey||e.altKey||zt(t,s.pathname)&&(e.preventDefault(),ee(s.getAttribute("href")))}function co(e,t){let s=P({}),n=Se(async()=>{let i={};if(s.current=i,document.hidden)return;let c=await e(()=>s.current===i);c!=null&&s.current===i&&(i.timer=setTimeout(n,c))},t),r=Se(()=>(clearTimeout(s.current.timer),n()),[n]);return x(()=>(r(),document.addEventListener("visibilitychange",r),()=>{clearTimeout(s.current.timer),s.current={},document.removeEventListener("visibilitychange",r)}),[r]),r}var We=new Map,Hs=(e,t)=>We.set(e,t),Is=12;function $e(e,t){let[s,n]=b({path:e,value:We.get(e)}),r=P(1),i=co(async c=>{let l=We.get(e),u;try{let d=await G(e),p=JSON.stringify(d,zs)!==JSON.stringify(l,zs);r.current=p?1:Math.min(r.current*1.5,Is),l=d,We.set(e,l)}catch(d){u=d,r.current=Math.min(r.current*2,Is)}if(!c()||(n({path:e,value:l,error:u}),u?.status===404||u?.status===403))return null;let f=u?2e3:t(l);return f==null?null:f*r.current},[e]);return{...s.path===e?s:{value:We.get(e)},reload:i}}var zs=(e,t)=>e==="as_of"?void 0:t,lo=8,uo=10;function te(e,t,{size:s=50}={}){let n=e&&JSON.stringify([e,t]),[r,i]=b({items:null,cursor:null}),c=P(),l=Se(async(g,v)=>{let C={};c.current=C,i(h=>({...h,busy:!0,error:void 0}));try{let h=[],T=g.at(-1),D=()=>h.length<Math.min(s,uo);for(let k=0;k<lo&&D();k++){let I=await G(e,{...t,limit:s-h.length,cursor:T});if(c.current!==C)return;if(h=h.concat(I.items),T=I.next_cursor,!T)break;v&&h.length>0&&i({key:n,items:h,cursors:g,cursor:null,busy:!0})}i(k=>({key:n,items:v?h:k.items.concat(h),cursors:g,cursor:T,busy:!1}))}catch(h){c.current===C&&i(T=>({...T,key:n,busy:!1,error:h}))}},[n,s]);x(()=>(e&&l([null],!0),()=>{c.current=null}),[l]);let{items:u,cursors:f=[],cursor:d,busy:p,error:$}=r,m=r.key!==n,_=!m&&d?[...f,d]:null;return{items:u,page:f.length,busy:p||m,error:$,ended:!d,more:_&&(()=>l(_,!1)),next:_&&(()=>l(_,!0)),back:!m&&f.length>1?()=>l(f.slice(0,-1),!0):null,again:()=>l(f.length?f:[null],!0)}}function _e(e,t){let[s,n]=b(()=>V.get(e)??t),r=Se(c=>n(l=>{let u=typeof c=="function"?c(l):c;return V.set(e,u),u}),[e]),i=Se(()=>V.set(e,null),[e]);return[s,r,i]}function ie(e,t=300){let[s,n]=b(e);return x(()=>{let r=setTimeout(()=>n(e),t);return()=>clearTimeout(r)},[JSON.stringify(e)]),s}function z(e){let[t,s]=b({}),n=P(!1),r=P(!0);return x(()=>()=>{r.current=!1},[]),[async(...c)=>{if(n.current)return;n.current=!0,s({busy:!0});let l;try{await e(...c)}catch(u){l=u}n.current=!1,r.current&&s({error:l})},t]}var mo={awaiting_file:"",validating:"info",needs_mapping:"warn",validated:"info",rejected:"bad",processing:"info",processed:"good",preparing:"info",sending:"info",paused:"warn",cancelled:"",pending:"warn",expired:"bad",active:"good",inactive:"",removed:"",queued:"",sent:"info",delivered:"good",bounced:"bad",complained:"bad",failed:"bad",skipped:"",added:"good",updated:"info",unchanged:"",add:"good",update:"info",remove:"bad",error:"bad",warning:"warn",known:"info",remembered:"info",chosen:"good",proposed:"warn",undecided:"bad"},U=({kind:e,of:t})=>t&&a`<span class="badge" data-tone=${mo[t]}>${o(`jobs.${e}_${t}`)}</span>`;function Ht({parts:e,whole:t,label:s,legend:n=!0}){let r=e.filter(i=>i.count>0);return a`
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
    ${n&&a`
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
  `}function Fe({users:e,legend:t}){let s=[{name:o("jobs.state_active"),count:e.active,tone:"good"},{name:o("jobs.state_pending"),count:e.pending-e.expired,tone:"warn"},{name:o("jobs.state_expired"),count:e.expired,tone:"bad"},{name:o("jobs.state_inactive"),count:e.inactive}];return a`
    <${Ht}
      parts=${s.filter((n,r)=>r<3||n.count>0)}
      whole=${e.total}
      legend=${t}
      label=${o("jobs.users_bar",{active:y(e.active),pending:y(e.pending),expired:y(e.expired)})}
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
`,be=({value:e,whole:t,label:s,text:n,said:r})=>a`
  <p class="unseen" role="status">
    ${t?`${Math.floor(je(e,t)/10)*10} %`:s}${" "}${r}
  </p>
  <p class="row between">
    <span>${s}${t?` ${je(e,t)} %`:""}</span>
    <span class="quiet">${n}</span>
  </p>
  <progress
    class="progress"
    aria-label=${s}
    max=${t||void 0}
    value=${t?e:void 0}
  ></progress>
`,O=e=>e&&a`<bdi>${e}</bdi>`,Oe=e=>e&&a`<a dir="auto" href=${`/users/${encodeURIComponent(e)}`}>${e}</a>`,se=()=>a`<span class="quiet none">–</span>`;var Js=!1;function q({title:e,name:t,crumb:s,under:n,acts:r,children:i}){let c=P();return x(()=>{document.title=[e,t,ls()].filter(Boolean).join(" · ")},[e,t]),x(()=>{Js&&(scrollTo(0,0),c.current.focus()),Js=!0},[]),a`
    <div class="head">
      <div>
        ${s&&a`<p class="crumb">${s}</p>`}
        <h1 tabindex="-1" ref=${c}>${t?O(t):e}</h1>
        ${n&&a`<p class="small row">${n}</p>`}
      </div>
      ${r&&a`<div class="row">${r}</div>`}
    </div>
    ${i}
  `}var J=({lines:e=5})=>a`
  <div aria-hidden="true">
    ${Array.from({length:e},(t,s)=>a`<p key=${s}><span class="skeleton"></span></p>`)}
  </div>
  <p class="unseen" role="status">${o("jobs.loading")}</p>
`;var R=({error:e,children:t})=>a`
  <div role="alert" class="problem">
    ${e&&us(e).map(s=>a`<p>${s}</p>`)}${e&&t}
  </div>
`,K=({error:e,again:t})=>a`
  <${R} error=${e}>
    <p>
      <button type="button" class="second compact" onClick=${t}>${o("jobs.again")}</button>
    </p>
  </${R}>
`;function M({id:e,label:t,hint:s,fault:n,children:r}){let i=[s&&`${e}-hint`,n&&`${e}-fault`].filter(Boolean).join(" ");return a`
    <div class="field">
      <label for=${e}>${t}</label>
      ${r({id:e,"aria-describedby":i||void 0,"aria-invalid":n?"true":void 0})}
      ${n&&a`<p class="fault" id=${`${e}-fault`}>${n}</p>`}
      ${s&&a`<p class="small" id=${`${e}-hint`}>${s}</p>`}
    </div>
  `}var Q=(e,t)=>e?.fields?.find(s=>s.field===t)?.message,he=(e,...t)=>e?.fields?.length&&e.fields.every(s=>t.includes(s.field))?void 0:e,le=({label:e,of:t,value:s,choose:n})=>a`
  <div class="tabs fit" role="group" aria-label=${e}>
    ${t.map(r=>a`
        <button
          type="button"
          key=${r.value}
          aria-pressed=${String(r.value===s)}
          onClick=${()=>n(r.value)}
        >
          ${r.name}${r.count!=null&&a`
              ${" "}
              <b>${y(r.count)}</b>
            `}
        </button>
      `)}
  </div>
`,j=({busy:e,kind:t="",children:s,...n})=>a`
  <button type="button" class=${t} aria-busy=${e?"true":void 0} ...${n}>
    ${s}
  </button>
`;function X({title:e,children:t,confirm:s,dismiss:n=o("jobs.cancel"),kind:r="",close:i,act:c}){let l=P(),[u,{busy:f,error:d}]=z(c);return x(()=>{let p=document.activeElement,$=l.current;return $.showModal(),()=>{$.close(),p?.isConnected&&p.focus()}},[]),a`
    <dialog
      ref=${l}
      aria-labelledby="dialog-title"
      onCancel=${p=>{p.preventDefault(),i()}}
    >
      <h2 id="dialog-title">${e}</h2>
      ${t}
      <${R} error=${d} />
      <div class="row end">
        <button type="button" class="second" onClick=${i}>${n}</button>
        <${j} kind=${r} busy=${f} onClick=${u}>${s}</${j}>
      </div>
    </dialog>
  `}function Be({path:e,query:t,kind:s="second",children:n}){let[r,{busy:i,error:c}]=z(async()=>{for(Z(o("jobs.file_made"));;){let l=await L("GET",t?`${e}?${new URLSearchParams(t)}`:e);if(l.status===200)return location.assign(l.body.url);await new Promise(u=>setTimeout(u,1e3*(l.seconds||2)))}});return a`
    <${j} kind=${s} busy=${i} onClick=${r}>${n}</${j}>
    ${c&&a`<${R} error=${c} />`}
  `}var Ce=({caption:e,columns:t,items:s,id:n})=>a`
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
          <tr role="row" key=${n?n(r):i}>
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
`;function ne({pages:e,none:t,turn:s,...n}){let{items:r,error:i,more:c,next:l,back:u,again:f}=e,d=s?l||u:c,p=s?po:$o;return a`
    <${K} error=${i} again=${f} />
    ${r===null?!i&&a`<${J} />`:a`<${fo} pages=${e} none=${t} table=${n} />`}
    ${r!==null&&d&&a`<div class="more"><${p} pages=${e} /></div>`}
  `}function fo({pages:e,none:t,table:s}){let{items:n,error:r,busy:i,ended:c,page:l}=e;return n.length>0||!c?a`
      <div aria-busy=${i?"true":void 0}>
        <${Ce} items=${n} ...${s} />
      </div>
    `:r?null:l<2?t:a`<p class="quiet">${o("jobs.list_end")}</p>`}function po({pages:{items:e,busy:t,next:s,back:n,page:r}}){let i=o("jobs.list_page",{page:y(r)});return a`
    <${j} kind="second" disabled=${!n} busy=${t&&n} onClick=${()=>n?.()}>
      ${o("jobs.back")}
    </${j}>
    <${j} kind="second" disabled=${!s} busy=${t&&s} onClick=${()=>s?.()}>
      ${o("jobs.next")}
    </${j}>
    <p role="status">${e.length===0?o("jobs.list_seek"):i}</p>
  `}function $o({pages:{items:e,busy:t,more:s}}){let n=w("jobs.list_shown",e.length);return a`
    <${j} kind="second" busy=${t} onClick=${s}>${o("jobs.more")}</${j}>
    <p role="status">${e.length===0?o("jobs.list_seek"):n}</p>
  `}var _o=()=>[{name:o("records.at"),head:!0,cell:e=>a`<span class="nowrap">${E(e.at)}</span>`},{name:o("records.action"),cell:e=>Ae("action",e.action)},{name:o("records.actor"),cell:e=>Oe(e.actor)},{name:o("records.target"),cell:e=>Oe(e.target)},{name:o("records.job"),cell:e=>e.job?a`<a href=${`/jobs/${e.job}`}>${o("records.open_job")}</a>`:null},{name:o("records.source_ip"),cell:e=>O(e.source_ip)},{name:o("records.result"),cell:e=>a`
      <span class="badge" data-tone=${e.result==="ok"?"good":"bad"}>
        ${Ae("result",e.result)}
      </span>
    `}];function Ws(e){let t=new Date(e);return e&&!isNaN(t)?t.toISOString():""}function Gs(){let[e,t]=b(()=>Object.fromEntries(new URLSearchParams(location.search))),{username:s="",job:n="",from:r="",to:i=""}=ie(e);x(()=>pe({username:s,job:n,from:r,to:i}),[s,n,r,i]);let c=te("/api/audit",{username:s.trim(),job:n.trim(),from:Ws(r),to:Ws(i)}),l=d=>t({...e,[d.target.name]:d.target.value}),u=(d,p)=>a`
    <div class="field">
      <label for=${d}>${o(`records.by_${d}`)}</label>
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
  `,f=s||n||r||i;return a`
    <${q} title=${o("records.audit")} under=${o("records.audit_text")}>
      <section class="card" aria-label=${o("records.audit")}>
        <form class="filters" role="search" onSubmit=${d=>d.preventDefault()}>
          ${u("username","search")}
          ${u("job","search")}
          ${u("from","datetime-local")}
          ${u("to","datetime-local")}
        </form>
        <${ne}
          pages=${c}
          caption=${o("records.audit")}
          columns=${_o()}
          none=${a`
            <div class="empty">
              <p>${f?o("records.audit_not_found"):o("records.audit_none")}</p>
            </div>
          `}
        />
      </section>
    </${q}>
  `}var Vs=["upload","validate","process","notify"],bo={awaiting_file:"upload",validating:"validate",needs_mapping:"validate",validated:"validate",rejected:"validate"},ge=e=>bo[e.status]??"process",mt=e=>`/jobs/${e.id}/${ge(e)}`,Te=e=>e.status==="processed"||e.status==="failed";function re({job:e,at:t}){let s=e?Te(e)?3:Vs.indexOf(ge(e)):0;return a`
    <nav aria-label=${o("jobs.steps")}>
      <ol class="steps">
        ${Vs.map((n,r)=>a`
            <li
              key=${n}
              aria-current=${n===t?"step":void 0}
              data-done=${n!==t&&(r<s||r===3&&e?.notifications>0)?"":void 0}
            >
              ${n!==t&&e&&r<=s?a`<a href=${`/jobs/${e.id}/${n}`}>${o(`jobs.step_${n}`)}</a>`:a`<span>${o(`jobs.step_${n}`)}</span>`}
            </li>
          `)}
      </ol>
    </nav>
  `}var Y=({job:e,title:t,acts:s,children:n})=>a`
  <${q}
    title=${t}
    name=${e.name}
    acts=${s}
    crumb=${a`<a href="/jobs">${o("jobs.title")}</a>`}
    under=${a`
      <${U} kind="status" of=${e.status} />
      ${" "}
      <span>
        ${O(e.file_name)}${e.file_name&&" · "}
        ${o(e.created_by?"jobs.by":"jobs.dropped",{at:E(e.created_at),who:e.created_by})}
      </span>
    `}
  >
    ${e.status==="failed"&&e.rejected_reason&&a`
        <div class="note" data-tone="bad">
          <p lang="en" dir="ltr">${e.rejected_reason}</p>
        </div>
      `}
    ${n}
  </${q}>
`,Pe=["pending","expired","unreached"],Ks=e=>e.audience?o(`jobs.audience_${e.audience}`):w("jobs.named",e.usernames?.length??0);function ft(e,t){let s=P(null);(s.current===null||e<s.current.done)&&(s.current={done:e,at:Date.now()});let n=e-s.current.done,r=(Date.now()-s.current.at)/1e3;return n>0&&r>1?o("jobs.left",{time:H((t-e)*r/n)}):""}var Jt=e=>e.status==="sent"||e.status==="cancelled",ve=e=>e&&(o(`jobs.reason_${e}`)||e.replaceAll("_"," ")),Qs=e=>`named:${e}`,Wt=e=>V.get(Qs(e)),pt=(e,t)=>V.set(Qs(e),t);var ho=["awaiting_file","validating","needs_mapping","validated","rejected","processing","processed","failed"],go=()=>[{name:o("jobs.name"),head:!0,cell:e=>a`<a dir="auto" href=${mt(e)}>${e.name}</a>`},{name:o("jobs.status"),beside:!0,cell:e=>a`<${U} kind="status" of=${e.status} />`},{name:o("jobs.rows"),num:!0,cell:e=>y(e.rows.total)},{name:o("jobs.users"),cell:e=>e.users?a`
            <div>
              <a class="quiet" href=${`/jobs/${e.id}`}>
                ${e.users.total?o("jobs.pending_of",{pending:y(e.users.pending),total:y(e.users.total)}):o("jobs.no_users")}
              </a>
              ${e.users.total>0&&a`<${Fe} users=${e.users} legend=${!1} />`}
            </div>
          `:se()},{name:o("jobs.created"),cell:e=>a`<span class="nowrap">${E(e.created_at)}</span>`},{name:o("jobs.created_by"),wide:!0,cell:e=>O(e.created_by)??o("jobs.s3")}];function Zs(){let[e,t]=b(()=>Object.fromEntries(new URLSearchParams(location.search))),s=ie(e.q?.trim()??""),n=e.status??"";x(()=>pe({q:s,status:n}),[s,n]);let r=te("/api/jobs",{q:s,status:n}),i=l=>t({...e,[l.target.name]:l.target.value}),c=s||n;return a`
    <${q}
      title=${o("jobs.title")}
      acts=${a`<a class="button" href="/jobs/new">${o("jobs.new")}</a>`}
    >
      <section class="card" aria-label=${o("jobs.title")}>
        <form class="filters" role="search" onSubmit=${l=>l.preventDefault()}>
          <div class="field">
            <label for="q">${o("jobs.search_name")}</label>
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
            <label for="status">${o("jobs.status")}</label>
            <select id="status" name="status" value=${n} onChange=${i}>
              <option value="">${o("jobs.any")}</option>
              ${ho.map(l=>a`<option key=${l} value=${l}>${o(`jobs.status_${l}`)}</option>`)}
            </select>
          </div>
        </form>
        <${ne}
          pages=${r}
          caption=${o("jobs.title")}
          columns=${go()}
          id=${l=>l.id}
          none=${c?a`<div class="empty"><p>${o("jobs.none_found")}</p></div>`:a`
                  <div class="empty">
                    <p>${o("jobs.none_yet")}</p>
                    <a class="button" href="/jobs/new">${o("jobs.new")}</a>
                  </div>
                `}
        />
      </section>
    </${q}>
  `}var vo=["24h","72h","168h","336h"];function Xs({all:e,chosen:t,change:s}){let n=[...t,...e.filter(c=>!t.includes(c))],r=P(),i=(c,l)=>{let u=t.indexOf(c)+l,f=t.filter(d=>d!==c);f.splice(u,0,c),s(f),requestAnimationFrame(()=>{let d=r.current.children[u];(d.querySelector(`[data-by="${l}"]:not(:disabled)`)??d.querySelector("button:not(:disabled)"))?.focus()})};return a`
    <fieldset>
      <legend>${o("jobs.devices")}</legend>
      <ul class="ordered" ref=${r}>
        ${n.map(c=>{let l=t.indexOf(c);return a`
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
                    aria-label=${o("jobs.earlier",{name:c})}
                    onClick=${()=>i(c,-1)}
                  >
                    ↑
                  </button>
                  <button
                    type="button"
                    class="plain compact"
                    data-by="1"
                    disabled=${l===t.length-1}
                    aria-label=${o("jobs.later",{name:c})}
                    onClick=${()=>i(c,1)}
                  >
                    ↓
                  </button>
                `}
            </li>
          `})}
      </ul>
      <p class="small">${o("jobs.devices_hint")}</p>
    </fieldset>
  `}function $t({value:e,change:t,most:s,least:n,fault:r}){let i=vo.filter(l=>(!s||W(l)<=W(s))&&(!n||W(l)>=W(n))),c=e&&!i.includes(e)?[e,...i]:i;return a`
    <${M}
      id="lifetime"
      label=${o("jobs.lifetime")}
      hint=${o("jobs.lifetime_hint")}
      fault=${r}
    >
      ${l=>a`
        <select ...${l} value=${e} onChange=${u=>t(u.target.value)}>
          ${c.map(u=>a`<option key=${u} value=${u}>${H(W(u))}</option>`)}
        </select>
      `}
    </${M}>
  `}var yo=[["windows-1252",""],["macintosh",""],["iso-8859-15",""],["windows-1250","cs hr hu pl ro sk sl sq"],["windows-1251","be bg mk ru sr uk"],["windows-1254","az tr"],["windows-1257","et lt lv"],["windows-1253","el"],["windows-1255","he"],["windows-1256","ar fa ur"],["windows-874","th"],["shift_jis","ja"],["euc-kr","ko"],["gb18030","zh"],["big5","zh"],["euc-jp","ja"],["koi8-r","ru"],["x-mac-cyrillic","ru uk"],["utf-8",""]],Ys={shift_jis:/[\x82\x83\x88-\x97][\x40-\xfc]/g,"euc-kr":/[\xb0-\xc8][\xa1-\xfe]/g,gb18030:/[\xb0-\xd7][\xa1-\xfe]/g,big5:/[\xa4-\xc6][\x40-\x7e\xa1-\xfe]/g,"euc-jp":/[\xa4\xa5\xb0-\xcf][\xa1-\xfe]/g},xo={"windows-1252":/[ðþýÐÞÝ]/,"iso-8859-15":/[ðþýÐÞÝ]/,"windows-1250":/[đţĐŢ]/},jo=/^(\p{Lu}?\p{Ll}+|\p{Lu}+)$/u,wo=/^[\p{Lo}\p{Lm}\p{M}]+$/u,en=[/^\p{sc=Latin}+$/u,/^\p{sc=Cyrillic}+$/u,/^\p{sc=Greek}+$/u,/^[\p{sc=Hebrew}\p{M}]+$/u,/^[\p{sc=Arabic}\p{M}]+$/u,/^\p{sc=Thai}+$/u,/^\p{sc=Hangul}+$/u,/^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\u30fc]+$/u];async function tn(e,t){let s=await e.slice(0,524288).arrayBuffer();return ko(new Uint8Array(s),t)}function ko(e,t=[]){let s=(...d)=>d.every((p,$)=>e[$]===p),n=s(239,187,191)||s(255,254)||s(254,255),r=s(80,75,3,4);if(n||r)return null;if(e.includes(0))return Oo(e);if(So(e))return null;let i=Co(e),c=To(i),l=yo.map(([d,p],$)=>{let m=t.some(g=>p.split(" ").includes(g.split("-")[0])),_=sn(d);return{name:d,samples:c.map(_),score:Po(d,i,_)+(m?.15:0)-$/1e3}}).filter(({score:d})=>d>-1).sort((d,p)=>p.score-d.score),u=l.map(({samples:d})=>d.join()),f=l.filter((d,p)=>u.indexOf(u[p])===p);return f.length>0?f.map(({name:d,samples:p})=>({name:d,samples:p})):null}function So(e){try{let t=e.length===524288;return new TextDecoder("utf-8",{fatal:!0}).decode(e,{stream:t}),!0}catch{return!1}}function sn(e){let t=new TextDecoder(e);return s=>t.decode(s)}function Oo(e){let t=[0,0];if(e.forEach((r,i)=>r===0&&t[i%2]++),Math.max(...t)<e.length/4)return null;let s=t[0]<t[1]?"utf-16le":"utf-16be",n=sn(s)(e).split(/[\t\n\r",;]+/);return[{name:s,samples:n.filter(Boolean).slice(0,3)}]}function Co(e){let t=new Map,s=0,n=!0,r=e.length<524288?e.length:e.length-1;for(let i=0;i<=r&&t.size<500;i++)if(e[i]>127&&(n=!1),!(i<e.length&&!`	
\r",;`.includes(String.fromCharCode(e[i])))){if(!n){let c=e.subarray(s,i);t.set(String.fromCharCode(...c.subarray(0,200)),c)}s=i+1,n=!0}return[...t.values()]}function To(e){let t=n=>n.length<40&&!n.some(r=>r>47&&r<58);return[...e.filter(t),...e.filter(n=>!t(n))].slice(0,3)}function Po(e,t,s){let n=0,r=0;for(let i of t){let c=s(i);/[\ufffd\x80-\x9f\ue000-\uf8ff]/.test(c)?r++:n+=Eo(e,c)*Do(e,i)}return r>t.length/10?-2:n/t.length}function Do(e,t){if(!Ys[e])return 1;let s=String.fromCharCode(...t.subarray(0,200)).replaceAll(" ","");return(s.match(Ys[e])?.length??0)/(s.length/2)}function Eo(e,t){let n=t.split(/[\s\u2013\u2014\u2019\u2026!-@[-`{-~]+/).filter(i=>/[^\0-\x7f]/.test(i)),r=xo[e]?.test(t);return n.length>0?n.reduce((i,c)=>i+Lo(c),0)/n.length*(r?.5:1):.6}function Lo(e){if(!en.some(n=>n.test(e)))return 0;if(wo.test(e))return 1;if(!jo.test(e))return 0;let t=[...e],s=t.filter(n=>n>"").length;return en[0].test(e)&&s>t.length/2?.2:/^\p{Lu}/u.test(e)?1:.7}var qo=1e9,Ao=50*2**20;function _t({file:e,choose:t,fault:s}){let[n,r]=b(!1),i=l=>{l.preventDefault(),r(!1),l.dataTransfer.files[0]&&t(l.dataTransfer.files[0])},c=l=>u=>{u.preventDefault(),r(l)};return a`
    <div class="field">
      <div
        class="drop"
        data-over=${n?"":void 0}
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
                `:o("jobs.drop")}
        </p>
        <label class="button second" for="file">
          ${e?o("jobs.other_file"):o("jobs.choose_file")}
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
          ${o("jobs.file_hint")}${" "}
          <a href="/api/template.csv" download>${o("jobs.template")}</a>
        </p>
      </div>
      <p class="fault" id="file-fault" role="alert">${s}</p>
    </div>
  `}function Ge(e){return e?/\.(xls[bm]?|ods|numbers)$/i.test(e.name)?o("jobs.file_book"):/\.(csv|txt|xlsx)$/i.test(e.name)?e.size===0?o("jobs.file_empty"):nn(e)?e.size>Ao?o("jobs.file_xlsx_large"):void 0:e.size>qo?o("jobs.file_large"):void 0:o("jobs.file_kind"):o("jobs.file_missing")}var nn=e=>/\.xlsx$/i.test(e.name);function on(){let[e,t]=b({}),s=P();return{...e,look:c=>{t({});let l=c&&!nn(c)?tn(c,navigator.languages).catch(()=>null):Promise.resolve(null);s.current=l,l.then(u=>{s.current===l&&t({proposed:u,chosen:u?.[0].name})})},choose:c=>t(l=>({...l,chosen:c})),settled:async()=>await s.current===(e.proposed??null)}}var Mo=4;function rn({proposed:e,chosen:t,choose:s}){let[n,r]=b(!1),i=n?e:e.slice(0,Mo);return a`
    <fieldset class="field" id="encoding" tabindex="-1">
      <legend>${o("jobs.encoding")}</legend>
      <p class="small">${o("jobs.encoding_hint")}</p>
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
                ${l.map((u,f)=>[f>0&&", ",a`<b>${O(u)}</b>`])}
                <span class="small">${c}</span>
              </span>
            </label>
          `)}
      </div>
      ${i.length<e.length&&a`
          <button type="button" class="second compact" onClick=${()=>r(!0)}>
            ${o("jobs.encoding_more")}
          </button>
        `}
    </fieldset>
  `}function ye({job:e,kind:t="second",children:s}){let[n,r]=b(!1);return a`
    <${j} kind=${t} onClick=${()=>r(!0)}>
      ${s??o("jobs.start_over")}
    </${j}>
    ${n&&a`
        <${X}
          title=${o("jobs.start_over_title")}
          confirm=${o("jobs.start_over")}
          close=${()=>r(!1)}
          act=${async()=>{await L("DELETE",`/api/jobs/${e.id}`,{}),V.set("new-job",{name:e.name,devices:e.devices,lifetime:e.link_lifetime,report:""}),ee("/jobs/new")}}
        >
          <p>${o("jobs.start_over_text",{name:e.name})}</p>
        </${X}>
      `}
  `}var bt=new Map,Gt=()=>dispatchEvent(new Event("transferred"));function Fo(e){[...bt.values()].some(t=>t.state==="going")&&e.preventDefault()}function an(e){let t=V.get(`upload:${e}`);return t&&new Date(t.expires_at)>new Date?t:null}var Vt=e=>bt.get(e),cn=e=>bt.delete(e);function ht(e,t,s){V.set(`upload:${e}`,t);let n={state:"going",loaded:0,total:s.size,since:Date.now()};bt.set(e,n),addEventListener("beforeunload",Fo);let r=new XMLHttpRequest;r.open(t.method,t.url);for(let[i,c]of Object.entries(t.headers))i.toLowerCase()!=="host"&&r.setRequestHeader(i,c);r.upload.onprogress=({loaded:i})=>{n.loaded=i,Gt()},r.onloadend=()=>{n.state=r.status>=200&&r.status<300?"done":"broken",n.state==="done"&&V.set(`upload:${e}`,null),Gt()},r.send(s),Gt()}var Bo=["file_name","encoding","name","link_lifetime","report_to"];function ln(){let[e,t,s]=_e("new-job",{name:"",devices:null,lifetime:null,report:""}),[n,r]=b(null),[i,c]=b(),[l,u]=b(null),[f,d]=b(),p=on(),$=P({});x(()=>{G("/api/settings").then(u,d)},[]);let m=l?.devices.filter(k=>k.channel!=="voice").map(k=>k.name)??[],_=e.devices?.filter(k=>m.includes(k))??l?.devices.filter(k=>k.default).map(k=>k.name)??[],g=e.lifetime??l?.limits.link_lifetime??null,v=(k,I)=>t(S=>({...S,[k]:I})),[C,{busy:h,error:T}]=z(async()=>{let k=Ge(n);if(c(k),k)return document.getElementById("file").focus();if(!await p.settled())return;let I={file_name:n.name,devices:_,...p.proposed&&p.chosen!=="utf-8"&&{encoding:p.chosen},...e.name.trim()&&{name:e.name.trim()},...g&&{link_lifetime:g},...e.report.trim()&&{report_to:e.report.trim()}},S=JSON.stringify(I);$.current.text!==S&&($.current={text:S,value:qe()});let{body:F}=await L("POST","/api/jobs",I,{"Idempotency-Key":$.current.value});ht(F.job.id,F.upload,n),s(),ee(`/jobs/${F.job.id}/upload`)}),D={settings:l,devices:m,chosen:{devices:_,lifetime:g},draft:e,put:v,error:T};return a`
    <${q}
      title=${o("jobs.new")}
      crumb=${a`<a href="/jobs">${o("jobs.title")}</a>`}
    >
      <${re} at="upload" />
      <form
        class="cards wide"
        aria-busy=${h?"true":void 0}
        onSubmit=${k=>{k.preventDefault(),C()}}
        novalidate
      >
        <section class="card">
          <h2>${o("jobs.file")}</h2>
          <${_t}
            file=${n}
            fault=${i??Q(T,"file_name")??Q(T,"encoding")}
            choose=${k=>{let I=Ge(k);r(k),c(I),p.look(I?null:k)}}
          />
          ${p.proposed&&a`<${rn} ...${p} />`}
          <${M}
            id="name"
            label=${o("jobs.job_name")}
            hint=${o("jobs.job_name_hint")}
            fault=${Q(T,"name")}
          >
            ${k=>a`
              <input
                ...${k}
                value=${e.name}
                onInput=${I=>v("name",I.target.value)}
                autocomplete="off"
              />
            `}
          </${M}>
          <${R} error=${he(T,...Bo)??f} />
          <div class="row">
            <button type="submit" disabled=${!l}>${o("jobs.upload")}</button>
          </div>
          <p class="small">${o("jobs.nothing_yet")}</p>
        </section>
        <${Uo} ...${D} />
      </form>
    </${q}>
  `}var Uo=({settings:e,devices:t,chosen:s,draft:n,put:r,error:i})=>a`
  <section class="card">
    <h2>${o("jobs.how")}</h2>
    ${e&&a`
        <div class="field">
          <${Xs}
            all=${t}
            chosen=${s.devices}
            change=${c=>r("devices",c)}
          />
          ${s.devices.length===0&&a`<p class="fault">${o("jobs.devices_none")}</p>`}
        </div>
        <${$t}
          value=${s.lifetime}
          change=${c=>r("lifetime",c)}
          least=${e.limits.link_lifetime_minimum}
          most=${e.limits.link_lifetime_maximum}
          fault=${Q(i,"link_lifetime")}
        />
      `}
    <${M}
      id="report"
      label=${o("jobs.report_to")}
      hint=${o("jobs.report_hint")}
      fault=${Q(i,"report_to")}
    >
      ${c=>a`
        <input
          ...${c}
          type="email"
          value=${n.report}
          onInput=${l=>r("report",l.target.value)}
          autocomplete="email"
        />
      `}
    </${M}>
  </section>
`;function un({source:e,title:t}){let s=P();return x(()=>{let n=[],r=e.replace(/<style[^>]*>([^]*?)<\/style>/gi,(d,p)=>(n.push(p),"")).replace(/<[a-z][^>]*>/gi,d=>d.replace(/\sstyle=/i," data-style=")),i=new DOMParser().parseFromString(r,"text/html");for(let d of i.querySelectorAll("script, link, base, meta, iframe, object, form"))d.remove();for(let d of i.querySelectorAll("a"))d.removeAttribute("href");let{contentDocument:c,contentWindow:l}=s.current;c.documentElement.lang=i.documentElement.lang,c.adoptedStyleSheets=n.map(d=>{let p=new l.CSSStyleSheet;return p.replaceSync(d),p}),c.body.replaceWith(c.importNode(i.body,!0));for(let d of c.querySelectorAll("[data-style]"))d.style.cssText=d.dataset.style;let u=()=>{s.current&&(s.current.style.height=0,s.current.style.height=`${c.documentElement.scrollHeight}px`)};u();let f=new ResizeObserver(u);return f.observe(c.body),()=>f.disconnect()},[e]),a`
    <iframe ref=${s} title=${t} sandbox="allow-same-origin" tabindex="0"></iframe>
  `}var No=["first_name","last_name","username","company","link","expires_at","expires_in"],De=["subject","body","sms"],Ue=({subject:e,body:t,sms:s})=>({subject:e,body:t,sms:s});function gt({texts:e,put:t,fault:s}){let n=P({}),r=P("body"),i=l=>{let u=r.current==="subject"&&l==="link"?"body":r.current,f=n.current[u],{selectionStart:d,selectionEnd:p,value:$}=f,m=`{{${l}}}`;t(u)($.slice(0,d)+m+$.slice(p)),requestAnimationFrame(()=>{f.focus(),f.setSelectionRange(d+m.length,d+m.length)})},c=l=>({ref:u=>{n.current[l]=u},value:e[l],onInput:u=>t(l)(u.target.value),onFocus:()=>{r.current=l}});return a`
    <${M} id="subject" label=${o("jobs.subject")} fault=${s("subject")}>
      ${l=>a`<input ...${l} ...${c("subject")} autocomplete="off" />`}
    </${M}>
    <${M}
      id="body"
      label=${o("jobs.body")}
      hint=${o("jobs.body_hint",{place:"{{link}}"})}
      fault=${s("body")}
    >
      ${l=>a`<textarea ...${l} ...${c("body")} rows="12"></textarea>`}
    </${M}>
    <${M}
      id="sms"
      label=${o("jobs.sms")}
      hint=${o("jobs.sms_hint")}
      fault=${s("sms")}
    >
      ${l=>a`<textarea ...${l} ...${c("sms")} rows="3"></textarea>`}
    </${M}>
    <div class="field" role="group" aria-labelledby="insert">
      <p class="small" id="insert">${o("jobs.insert")}</p>
      <p class="chips">
        ${No.map(l=>a`
            <button
              type="button"
              class="second"
              key=${l}
              title=${`{{${l}}}`}
              onClick=${()=>i(l)}
            >
              ${o(`jobs.place_${l}`)}
            </button>
          `)}
      </p>
    </div>
  `}var Ro={delivered:"good",sent:"info",bounced:"bad",complained:"warn",failed:"bad",skipped:void 0,queued:"none"},Io=()=>[{name:o("jobs.user"),head:!0,cell:e=>O(e.username)},{name:o("jobs.delivery"),beside:!0,cell:e=>a`<${U} kind="delivery" of=${e.state} />`},{name:o("jobs.why"),cell:e=>ve(e.reason)??se()},{name:o("jobs.device"),cell:e=>e.device??"–"},{name:o("jobs.at"),cell:e=>a`<span class="nowrap">${E(e.at)}</span>`}],zo=["","delivered","sent","bounced","complained","failed","skipped"];function Ho({path:e}){let[t,s]=b(""),n=te(`${e}/deliveries`,{state:t},{size:10});return a`
    <${le}
      label=${o("jobs.delivery")}
      value=${t}
      choose=${s}
      of=${zo.map(r=>({value:r,name:r?o(`jobs.delivery_${r}`):o("jobs.all")}))}
    />
    <${ne}
      turn
      pages=${n}
      caption=${o("jobs.deliveries")}
      columns=${Io()}
      id=${r=>`${r.username} ${r.device}`}
      none=${a`<p class="quiet">${o("jobs.deliveries_none")}</p>`}
    />
  `}var Jo=e=>Jt(e)?1e4:700;function vt({job:e,id:t,changed:s}){let n=`/api/jobs/${e.id}/notifications/${t}`,{value:r,error:i,reload:c}=$e(n,Jo),[l,u]=b(!1),[f,d]=b(!1),{audience:p,queued:$}=r?.counts??{audience:0,queued:0},m=ft(p-$,p);if(!r)return i?a`<${K} error=${i} again=${c} />`:a`<${J} lines=${3} />`;let _=async()=>{await L("POST",`${n}/cancel`,{}),u(!1),Z(o("jobs.cancelled")),await c(),s?.()},g=Jt(r);return a`
    <article class="notification">
      <div class="row between">
        <h3 class="row" tabindex="-1" id=${`notification-${r.id}`}>
          ${o("jobs.notification",{id:r.id})}${" "}
          <${U} kind="notification" of=${r.status} />
        </h3>
        ${!g&&a`
            <${j} kind="danger compact" onClick=${()=>u(!0)}>
              ${o("jobs.cancel_sending")}
            </${j}>
          `}
      </div>
      <p class="quiet">
        ${[Ks(r),o(`jobs.trigger_${r.trigger}`,{who:r.created_by??"–"}),E(r.created_at)].join(" · ")}
      </p>
      ${r.reason&&a`<p class="note" data-tone="warn">${ve(r.reason)}</p>`}
      ${!g&&a`<${Go} one=${r} rest=${m} />`}
      ${p>0?a`
              <div aria-hidden=${g?void 0:"true"}>
                <${Ht}
                  whole=${p}
                  parts=${Object.entries(Ro).map(([v,C])=>({name:o(`jobs.delivery_${v}`),count:r.counts[v],tone:C})).filter(v=>v.count>0)}
                />
              </div>
            `:g&&a`<p class="quiet">${o("jobs.nobody")}</p>`}
      <details open=${f} onToggle=${v=>d(v.target.open)}>
        <summary>${o("jobs.details")}</summary>
        ${f&&a`<${Wo} one=${r} path=${n} />`}
      </details>
      ${l&&a`
          <${X}
            title=${o("jobs.cancel_title")}
            confirm=${o("jobs.cancel_sending")}
            kind="danger"
            dismiss=${o("jobs.go_on_sending")}
            close=${()=>u(!1)}
            act=${_}
          >
            <p>${o("jobs.cancel_text")}</p>
          </${X}>
        `}
    </article>
  `}var Wo=({one:e,path:t})=>a`
  <p><strong>${e.subject}</strong></p>
  <details class="inline">
    <summary>${o("jobs.body")}</summary>
    <pre class="mail">${e.body}</pre>
  </details>
  <details class="inline">
    <summary>${o("jobs.sms")}</summary>
    <pre class="mail">${e.sms}</pre>
  </details>
  <p class="small">
    ${o("jobs.details_text",{lifetime:H(W(e.link_lifetime)),devices:e.devices.join(", ")})}
  </p>
  <${Ho} path=${t} />
`;function Go({one:e,rest:t}){let{audience:s,queued:n}=e.counts,r=e.status==="paused"?o("jobs.paused"):void 0;return a`
    <${be}
      value=${s-n}
      whole=${s||void 0}
      label=${w("jobs.handed_over",s-n,{whole:y(s)})}
      text=${r??t}
      said=${r}
    />
  `}var dn=[...Pe,"everyone"],Vo=e=>({pending:e.pending,expired:e.expired,everyone:e.active+e.pending}),Ko=({names:e})=>a`
  ${e.slice(0,5).map((t,s)=>[s>0&&", ",O(t)])}${e.length>5&&" …"}
`;function Qo({job:e,value:t,change:s,preview:n}){let r=Vo(e.users),i=Wt(e.id),c=[...dn,...i?.length?["named"]:[]];return a`
    <fieldset class="field">
      <legend>${o("jobs.to_whom")}</legend>
      <div class="choices two">
        ${c.map(l=>{let u=l==="named"?i.length:r[l]??(l===t&&n?n.audience.size:null);return a`
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
                  ${l==="named"?w("jobs.named",i.length):o(`jobs.audience_${l}`)}
                </b>
                ${u!=null&&l!=="named"&&a`
                    ${" "}
                    <b class="quiet">${y(u)}</b>
                  `}
                <span class="small">
                  ${l==="named"?a`<${Ko} names=${i} />`:o(`jobs.audience_${l}_hint`)}
                </span>
              </span>
            </label>
          `})}
      </div>
    </fieldset>
  `}function Zo({preview:e,error:t,busy:s,username:n,change:r,again:i}){let[c,l]=b("email"),u=e?.messages.find(f=>f.channel===c);return a`
    <section class="card" aria-busy=${s?"true":void 0}>
      <h2>${o("jobs.preview")}</h2>
      <${M}
        id="as"
        label=${o("jobs.preview_for")}
        hint=${o("jobs.preview_for_hint")}
        fault=${Q(t,"username")}
      >
        ${f=>a`
          <input
            ...${f}
            value=${n}
            onInput=${d=>r(d.target.value)}
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
          />
        `}
      </${M}>
      <${le}
        label=${o("jobs.channel")}
        value=${c}
        choose=${l}
        of=${["email","sms"].map(f=>({value:f,name:o(`jobs.channel_${f}`)}))}
      />
      ${t&&!t.fields?.length&&a`<${K} error=${t} again=${i} />`}
      ${u?c==="email"?a`
                <div class="mail">
                  <p><strong>${u.subject}</strong></p>
                  <${un} title=${o("jobs.preview_mail")} source=${u.html} />
                </div>
                <details>
                  <summary>${o("jobs.as_text")}</summary>
                  <pre class="mail">${u.text}</pre>
                </details>
              `:a`
                <div class="phone"><pre>${u.text}</pre></div>
                <p class="small">${w("jobs.segments",u.segments)}</p>
              `:e?a`<p class="quiet">${o("jobs.preview_none")}</p>`:!t&&a`<${J} lines=${4} />`}
    </section>
  `}function mn({preview:e}){if(!e)return a`<${J} lines=${1} />`;let{size:t,email:s,sms:n,none:r,estimated:i}=e.audience;return a`
    <p>
      ${i?o("jobs.about"):""}${" "}${w("jobs.reaches",t-r)}${" "}
      <span class="quiet">
        ${[s>0&&w("jobs.by_email",s),n>0&&w("jobs.by_sms",n),r>0&&w("jobs.by_none",r)].filter(Boolean).join(", ")}${t>0?".":""}
      </span>
      ${t>r&&e.duration&&a`
          ${" "}
          <span class="quiet">
            ${o("jobs.takes",{time:H(Math.max(1,W(e.duration)))})}
          </span>
        `}
    </p>
    ${e.warnings?.length>0&&a`
        <div class="note" data-tone="warn">
          ${e.warnings.map(c=>a`
              <p key=${c.code??c}>
                ${o(`jobs.warning_${c.code??c}`)||a`<span lang="en" dir="ltr">${c.message??c}</span>`}
              </p>
            `)}
        </div>
      `}
  `}function Xo(e,t){return e.audience==="named"&&t?.length?{usernames:t}:{audience:dn.includes(e.audience)?e.audience:"pending"}}var Yo=(e,t)=>({...Xo(t,Wt(e.id)),...t.changed&&Ue(t),...t.devices.length<e.devices.length&&{devices:t.devices},...t.lifetime!==e.link_lifetime&&{link_lifetime:t.lifetime}});function er(e,t){let[s,n]=b({}),r=P(),i=ie(t,400),c=async()=>{let l={};r.current=l,n(u=>({...u,busy:!0}));try{let{body:u}=await L("POST",`${e}/preview`,i);r.current===l&&n({value:u})}catch(u){r.current===l&&n(f=>({value:f.value,error:u}))}};return x(()=>{c()},[JSON.stringify(i)]),[s,c]}function tr(e,t){let s=new URLSearchParams(location.search).get("audience"),[n,r,i]=_e(`notify:${e.id}`,{...t,changed:!1,devices:e.devices,lifetime:e.link_lifetime,audience:s??"pending"});return x(()=>{s&&r(u=>({...u,audience:s}))},[]),[n,{put:u=>f=>r(d=>({...d,...!d.changed&&t,[u]:f,changed:d.changed||De.includes(u)})),undo:()=>r(u=>({...u,...t,changed:!1})),forget:i}]}function sr({job:e,message:t,sent:s}){let[n,{put:r,undo:i,forget:c}]=tr(e,t),[l,u]=b(!1),[f,d]=b(""),p=P({}),$=`/api/jobs/${e.id}/notifications`,m=Yo(e,n),_=f.trim(),[g,v]=er($,{...m,..._&&{username:_}}),[C,h]=z(async()=>{await L("POST",`${$}/test`,m),Z(o("jobs.test_sent"))}),T=async()=>{let S=JSON.stringify(m);p.current.text!==S&&(p.current={text:S,value:qe()});let{body:F}=await L("POST",$,m,{"Idempotency-Key":p.current.value});p.current={},c(),pt(e.id,null),u(!1),s(F)},D=n.changed?n:t,k=S=>Q(g.error,S)??Q(h.error,S),I=g.error?.fields?.some(({field:S})=>De.includes(S));return a`
    <div class="split">
      <form class="card" onSubmit=${S=>S.preventDefault()}>
        <h2>${o("jobs.message")}</h2>
        <${Qo}
          job=${e}
          value=${m.usernames?"named":m.audience}
          change=${r("audience")}
          preview=${g.value}
        />
        <${gt} texts=${D} put=${r} fault=${k} />
        ${n.changed&&a`
            <p>
              <button type="button" class="plain compact" onClick=${i}>
                ${o("jobs.undo_text")}
              </button>
            </p>
          `}
        <${nr} job=${e} draft=${n} put=${r} fault=${k} />
        <hr />
        <${mn} preview=${g.value} />
        <${R} error=${he(h.error,...De,"link_lifetime")} />
        <div class="row">
          <${j}
            disabled=${n.devices.length===0||I}
            onClick=${()=>u(!0)}
          >
            ${o("jobs.send")}
          </${j}>
          <${j} kind="second" busy=${h.busy} onClick=${C}>
            ${o("jobs.test")}
          </${j}>
        </div>
      </form>
      <${Zo}
        preview=${g.value}
        error=${g.error}
        busy=${g.busy}
        username=${f}
        change=${d}
        again=${v}
      />
    </div>
    ${l&&a`<${or} preview=${g.value} close=${()=>u(!1)} send=${T} />`}
  `}function nr({job:e,draft:t,put:s,fault:n}){let r=(i,c)=>{let l=u=>u===i?c:t.devices.includes(u);s("devices")(e.devices.filter(l))};return a`
    <details>
      <summary>${o("jobs.options")}</summary>
      <fieldset class="field">
        <legend>${o("jobs.devices")}</legend>
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
        ${t.devices.length===0&&a`<p class="fault">${o("jobs.devices_none")}</p>`}
      </fieldset>
      <${$t}
        value=${t.lifetime}
        change=${s("lifetime")}
        fault=${n("link_lifetime")}
      />
    </details>
  `}function or({preview:e,close:t,send:s}){let n=e?w("jobs.send_title",e.audience.size-e.audience.none):o("jobs.send");return a`
    <${X} title=${n} confirm=${o("jobs.send")} close=${t} act=${s}>
      <p>${o("jobs.send_text")}</p>
      <${mn} preview=${e} />
    </${X}>
  `}function rr(e){let[t,s]=b({}),n=async()=>{try{let[r,i]=await Promise.all([G(`/api/jobs/${e.id}/message`),e.notifications>0?G(`/api/jobs/${e.id}/notifications/${e.notifications}`):null]);s({message:r,last:i})}catch(r){s({error:r})}};return x(()=>{n()},[e.id]),[t,n,r=>s({last:r,message:Ue(r)})]}function fn({job:e,reload:t,lost:s}){let n=Te(e),[{message:r,last:i,error:c},l,u]=rr(e),f=P(null);x(()=>{(i&&e.notifications>i.id||!i&&r&&e.notifications>0)&&l()},[e.notifications]);let d=async p=>{Z(o("jobs.sending_now")),Hs(`/api/jobs/${e.id}/notifications/${p.id}`,p),u(p),f.current=!0,t()};return x(()=>{f.current&&i&&document.getElementById(`notification-${i.id}`)?.focus(),f.current=null},[i?.id]),a`
    <${Y}
      job=${e}
      title=${o("jobs.step_notify")}
      acts=${n&&a`<a class="button second" href=${`/jobs/${e.id}`}>${o("jobs.overview")}</a>`}
    >
      <${re} job=${e} at="notify" />
      ${s}
      ${n?c?a`<${K} error=${c} again=${l} />`:r?a`
                  ${i&&a`
                      <section class="card">
                        <h2>${o("jobs.last_message")}</h2>
                        <${vt} key=${i.id} job=${e} id=${i.id} changed=${l} />
                      </section>
                    `}
                  <${sr} key=${i?.id??0} job=${e} message=${r} sent=${d} />
                `:a`<div class="card"><${J} /></div>`:a`
              <div class="empty">
                <p>${o("jobs.not_yet_processed")}</p>
                <a class="button" href=${`/jobs/${e.id}/process`}>
                  ${o("jobs.step_process")}
                </a>
              </div>
            `}
    </${Y}>
  `}var Ne=180,Kt=22,Qt=24,yt=40,pn=12,ir=200;function $n(e){let s=[1,2,5].flatMap(n=>[0,1,2,3,4,5,6].map(r=>n*10**r)).sort((n,r)=>n-r).find(n=>e/n<=3)??e;return Array.from({length:Math.floor(e/s)+1},(n,r)=>r*s)}var Zt=(e,t)=>new Intl.DateTimeFormat(void 0,t<1728e5?{hour:"numeric",minute:"2-digit"}:{day:"numeric",month:"short"}).format(e);function _n({job:e}){let[{activity:t,sent:s},n]=b({}),r=P(),[i,c]=b(0),{active:l}=e.users;return x(()=>{let u=!0;return Promise.all([G(`/api/jobs/${e.id}/activity`),G(`/api/jobs/${e.id}/notifications`,{limit:ir})]).then(([f,{items:d}])=>u&&n({activity:f,sent:d}),()=>{}),()=>{u=!1}},[e.id,l,e.notifications]),Je(()=>{let u=new ResizeObserver(([f])=>c(Math.floor(f.contentRect.width)));return u.observe(r.current),()=>u.disconnect()},[]),a`
    <figure class="figure" ref=${r}>
      ${t&&i?a`<${ar} activity=${t} sent=${s} width=${i} />`:a`<span class="skeleton chart-place"></span>`}
    </figure>
  `}function ar({activity:e,sent:t,width:s}){let n=e.points.map(m=>({at:Date.parse(m.at),active:m.active})),r=n[0].at,i=Math.max(n.at(-1).at-r,1),c=Math.max(n.at(-1).active,1),l=m=>yt+(m-r)*(s-yt-pn)/i,u=m=>Ne-Qt-m*(Ne-Kt-Qt)/Math.max($n(c).at(-1),c),f=n.map(m=>`${l(m.at).toFixed(1)},${u(m.active).toFixed(1)}`).join(" L"),d=Array.from({length:s<480?3:5},(m,_,g=s<480?2:4)=>r+i*_/g),p=m=>`${y(m.active)}, ${E(m.at)}`,$=`${o("jobs.chart_title")}: ${p(n[0])}; ${p(n.at(-1))}`;return a`
    <svg
      class="chart"
      viewBox=${`0 0 ${s} ${Ne}`}
      width=${s}
      height=${Ne}
      role="img"
      aria-label=${$}
    >
      ${$n(c).map(m=>a`
          <g key=${`y${m}`}>
            <line class="grid" x1=${yt} x2=${s-pn} y1=${u(m)} y2=${u(m)} />
            <text x=${yt-8} y=${u(m)+4} text-anchor="end">${y(m)}</text>
          </g>
        `)}
      ${d.map((m,_)=>_>0&&Zt(m,i)===Zt(d[_-1],i)?null:a`
              <text
                key=${`x${_}`}
                x=${l(m)}
                y=${Ne-6}
                text-anchor=${_===0?"start":_===d.length-1?"end":"middle"}
              >
                ${Zt(m,i)}
              </text>
            `)}
      <path class="area" d=${`M${l(r)},${u(0)} L${f} L${l(n.at(-1).at)},${u(0)} Z`} />
      <path class="line" d=${`M${f}`} />
      ${t.map(m=>{let _=Math.min(Math.max(Date.parse(m.created_at),r),r+i),g=m.trigger==="reminder";return a`
          <g key=${`n${m.id}`}>
            <title>
              ${o(g?"jobs.chart_reminder":"jobs.chart_message",{id:m.id,at:E(_)})}
            </title>
            <line
              class=${`mark ${g?"reminder":""}`}
              x1=${l(_)}
              x2=${l(_)}
              y1=${Kt-8}
              y2=${Ne-Qt}
            />
            <circle class=${`dot ${g?"reminder":""}`} cx=${l(_)} cy=${Kt-12} r="6" />
          </g>
        `})}
    </svg>
    <figcaption>
      <ul class="bar-key">
        <li>
          <i data-tone="good"></i>
          ${o("jobs.chart_key_active")}
        </li>
        ${t.some(m=>m.trigger!=="reminder")&&a`
            <li>
              <i data-tone="info"></i>
              ${o("jobs.chart_key_message")}
            </li>
          `}
        ${t.some(m=>m.trigger==="reminder")&&a`
            <li>
              <i data-tone="warn"></i>
              ${o("jobs.chart_key_reminder")}
            </li>
          `}
        ${e.estimated&&a`<li>${o("jobs.chart_estimated")}</li>`}
      </ul>
    </figcaption>
  `}var cr=()=>[{name:o("jobs.user"),head:!0,cell:e=>a`
      ${Oe(e.username)}
      <span class="small under">${O(ce(e))}</span>
    `},{name:o("jobs.state"),beside:!0,cell:e=>a`<${U} kind="state" of=${e.state} />`},{name:o("jobs.last_message"),cell:({last_delivery:e})=>e?a`
            <span>
              ${e.notification?o("jobs.notification",{id:e.notification}):o("jobs.link")}${e.device?`, ${e.device}`:""}${" "}
              <span class="small">${E(e.at)}</span>
            </span>
          `:se()},{name:o("jobs.delivery"),cell:({last_delivery:e})=>e?a`
            <span>
              <${U} kind="delivery" of=${e.state} />
              ${e.reason&&a`
                  ${" "}
                  <span class="small">${ve(e.reason)}</span>
                `}
            </span>
          `:se()},{name:o("jobs.row"),num:!0,wide:!0,cell:e=>y(e.row)}],bn=["",...Pe,"active","inactive","removed"];function lr(e,t){return e?null:t===""?"pending":Pe.includes(t)?t:null}var ur=e=>e===""?o("jobs.all"):o(e==="unreached"?"jobs.audience_unreached":`jobs.state_${e}`),hn=e=>({"":e.total,pending:e.pending,expired:e.expired,active:e.active,inactive:e.inactive||null}),dr=({state:e})=>e&&e!=="inactive"&&e!=="removed";function gn({job:e}){let[t,s]=b(()=>({q:"",show:"",...Object.fromEntries(new URLSearchParams(location.search))})),n=ie(t.q.trim()),r=bn.includes(t.show)?t.show:"";x(()=>pe({q:n,show:r}),[n,r]);let i=r==="unreached"?{audience:r}:{state:r},c=te(`/api/jobs/${e.id}/members`,{q:n,...i},{size:25}),l=hn(e.users);return a`
    <section class="card">
      <div class="row between">
        <h2>${o("jobs.members")}</h2>
        <div class="row">
          <${mr} job=${e} state=${i.state} />
          <${fr} job=${e} audience=${lr(n,r)} pages=${c} />
        </div>
      </div>
      <form class="filters" role="search" onSubmit=${u=>u.preventDefault()}>
        <div class="field">
          <label for="q">${o("jobs.search_user")}</label>
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
        label=${o("jobs.state")}
        value=${r}
        choose=${u=>s({...t,show:u})}
        of=${bn.map(u=>({value:u,name:ur(u),count:l[u]}))}
      />
      <${ne}
        turn
        pages=${c}
        caption=${o("jobs.members")}
        columns=${cr()}
        id=${u=>u.username}
        none=${a`
          <div class="empty">
            <p>${o(n||r?"jobs.members_not_found":"jobs.members_none")}</p>
          </div>
        `}
      />
    </section>
  `}var mr=({job:e,state:t})=>a`
  <${Be}
    kind="second compact"
    path=${`/api/jobs/${e.id}/files/members`}
    query=${t?{state:t}:void 0}
  >
    ${o(t?"jobs.export_some":"jobs.export")}
  </${Be}>
`;function fr({job:e,audience:t,pages:s}){let n=(s.items??[]).filter(dr).map(c=>c.username),r=t?hn(e.users)[t]===0:s.busy||n.length===0;return a`
    <${j} kind="compact" disabled=${r} onClick=${()=>{t||pt(e.id,n),ee(`/jobs/${e.id}/notify?audience=${t??"named"}`)}}>
      ${t?o(`jobs.renotify_${t}`):w("jobs.renotify",n.length)}
    </${j}>
  `}var Xt=["24h","48h","72h","168h"];function pr({job:e,texts:t,change:s,error:n}){let[r,i]=b(!1),[c,l]=b(null),u=t??c,[f,{error:d}]=z(async()=>l(Ue(await G(`/api/jobs/${e.id}/message`)))),p=$=>Q(n,$);return x(()=>{De.some(p)&&i(!0)},[n]),a`
    <details
      open=${r}
      onToggle=${$=>{i($.target.open),$.target.open&&!u&&f()}}
    >
      <summary>${o("jobs.reminders_change_text")}</summary>
      ${u?a`
              <${gt}
                texts=${u}
                put=${$=>m=>s({...u,[$]:m})}
                fault=${p}
              />
            `:d?a`<${K} error=${d} again=${f} />`:a`<${J} lines=${3} />`}
    </details>
  `}function vn({job:e,reload:t}){let{reminders:s}=e,[n,r,i]=_e(`reminders:${e.id}`,{every:s?.every??"48h",maximum:String(s?.maximum??3),audience:s?.audience??"pending",texts:null,open:!1}),c=(p,$)=>r(m=>({...m,[p]:$})),l=`/api/jobs/${e.id}/reminders`,[u,f]=z(async()=>{await L("DELETE",l,{}),i(),await t(),Z(o("jobs.reminders_off"))}),d=async()=>{i(),await t(),c("open",!1),Z(o("jobs.reminders_on"))};return a`
    <section class="card">
      <h2>${o("jobs.reminders")}</h2>
      ${s?a`<${$r} reminders=${s} />`:a`<p class="quiet">${o("jobs.reminders_none")}</p>`}
      ${n.open?a`<${_r} job=${e} path=${l} draft=${n} put=${c} saved=${d} />`:a`
              <div class="row">
                <button type="button" class="second" onClick=${()=>c("open",!0)}>
                  ${o(s?"jobs.reminders_change":"jobs.reminders_set")}
                </button>
                ${s&&a`
                    <${j} kind="plain" busy=${f.busy} onClick=${u}>
                      ${o("jobs.reminders_stop")}
                    </${j}>
                  `}
              </div>
              <${R} error=${f.error} />
            `}
    </section>
  `}function $r({reminders:e}){let{every:t,audience:s,subject:n,sent:r,maximum:i,next_at:c}=e,l=r<i?o("jobs.reminders_wait"):"";return a`
    <p>
      ${o("jobs.reminders_are",{every:H(W(t)),audience:o(`jobs.audience_${s}`)})}
    </p>
    <p class="quiet">${o("jobs.subject")}: ${O(n)}</p>
    <p class="quiet">
      ${w("jobs.reminders_sent",r,{maximum:y(i)})}${" "}
      ${c?o("jobs.reminders_next",{at:E(c)}):l}
    </p>
  `}function _r({job:e,path:t,draft:s,put:n,saved:r}){let{every:i,maximum:c,audience:l}=s,u=s.texts??(e.reminders&&Ue(e.reminders)),[f,{busy:d,error:p}]=z(async()=>{await L("PUT",t,{every:i,maximum:Number(c),audience:l,...u}),await r()}),$=Xt.includes(i)?Xt:[i,...Xt];return a`
    <form
      novalidate
      aria-busy=${d?"true":void 0}
      onSubmit=${m=>{m.preventDefault(),f()}}
    >
      <${M}
        id="every"
        label=${o("jobs.every")}
        hint=${o("jobs.every_hint")}
        fault=${Q(p,"every")}
      >
        ${m=>a`
          <select
            ...${m}
            value=${s.every}
            onChange=${_=>n("every",_.target.value)}
          >
            ${$.map(_=>a`<option key=${_} value=${_}>${H(W(_))}</option>`)}
          </select>
        `}
      </${M}>
      <${M}
        id="maximum"
        label=${o("jobs.maximum")}
        fault=${Q(p,"maximum")}
      >
        ${m=>a`
          <input
            ...${m}
            type="number"
            min="1"
            max="20"
            value=${s.maximum}
            onInput=${_=>n("maximum",_.target.value)}
          />
        `}
      </${M}>
      <${M}
        id="reminded"
        label=${o("jobs.to_whom")}
        fault=${Q(p,"audience")}
      >
        ${m=>a`
          <select
            ...${m}
            value=${s.audience}
            onChange=${_=>n("audience",_.target.value)}
          >
            ${Pe.map(_=>a`
                <option key=${_} value=${_}>${o(`jobs.audience_${_}`)}</option>
              `)}
          </select>
        `}
      </${M}>
      <${pr}
        job=${e}
        texts=${u}
        change=${m=>n("texts",m)}
        error=${p}
      />
      <p class="small">${o("jobs.reminders_text")}</p>
      <${R}
        error=${he(p,"every","maximum","audience",...De)}
      />
      <div class="row">
        <button type="submit">${o("jobs.save")}</button>
        <button type="button" class="second" onClick=${()=>n("open",!1)}>
          ${o("jobs.cancel")}
        </button>
      </div>
    </form>
  `}function br({job:e}){let[t,s]=b(3),n=Array.from({length:Math.min(t,e.notifications)},(r,i)=>e.notifications-i);return a`
    <section class="card">
      <h2>${o("jobs.notifications")}</h2>
      ${e.notifications===0?a`
              <div class="empty">
                <p>${o("jobs.notifications_none")}</p>
                <a class="button" href=${`/jobs/${e.id}/notify`}>${o("jobs.notify_now")}</a>
              </div>
            `:n.map((r,i)=>a`
                ${i>0&&a`<hr key=${`line ${r}`} />`}
                <${vt} key=${r} job=${e} id=${r} />
              `)}
      ${e.notifications>t&&a`
          <div class="more">
            <${j} kind="second" onClick=${()=>s(t+5)}>
              ${o("jobs.earlier_ones")}
            </${j}>
          </div>
        `}
    </section>
  `}function hr({job:e}){let[t,s]=b(!1);return a`
    <section class="card">
      <h2>${o("jobs.delete")}</h2>
      <p class="quiet">${o("jobs.delete_text")}</p>
      <div class="row">
        <button type="button" class="danger" onClick=${()=>s(!0)}>
          ${o("jobs.delete_this")}
        </button>
      </div>
      ${t&&a`
          <${X}
            title=${o("jobs.delete_title",{name:e.name})}
            kind="danger"
            confirm=${o("jobs.delete_this")}
            close=${()=>s(!1)}
            act=${async()=>{await L("DELETE",`/api/jobs/${e.id}`,{}),Z(o("jobs.deleted",{name:e.name})),ee("/jobs")}}
          >
            <p>${o("jobs.delete_text")}</p>
          </${X}>
        `}
    </section>
  `}function yn({job:e,reload:t,lost:s}){let{users:n}=e,r=Te(e)&&n;return a`
    <${Y}
      job=${e}
      title=${o("jobs.overview")}
      acts=${r&&a`<a class="button" href=${`/jobs/${e.id}/notify`}>${o("jobs.notify_now")}</a>`}
    >
      <${re} job=${e} />
      ${s}
      ${r?a`
              <div class="cards wide">
                <section class="card">
                  <h2>${o("jobs.who_acted")}</h2>
                  ${n.total>0?a`
                          <p>
                            ${w("jobs.active_of",n.active,{total:y(n.total),percent:je(n.active,n.total)})}${n.undeliverable>0?` ${w("jobs.undeliverable",n.undeliverable)}`:""}
                          </p>
                          <${Fe} users=${n} />
                          <${_n} job=${e} />
                        `:a`<p>${o("jobs.no_users")}</p>`}
                  <p class="small">${o("jobs.as_of",{at:E(n.as_of)})}</p>
                </section>
                <${vn} job=${e} reload=${t} />
              </div>
              <${br} job=${e} />
              <${gn} job=${e} />
            `:a`
              <div class="empty">
                <p>${o("jobs.not_yet_processed")}</p>
                <a class="button" href=${mt(e)}>${o(`jobs.step_${ge(e)}`)}</a>
              </div>
            `}
      <${hr} job=${e} />
    </${Y}>
  `}function gr({job:e}){let{processed:t,valid:s}=e.rows,n=ft(t??0,s);return a`
    <section class="card">
      <h2>${o("jobs.processing")}</h2>
      <${be}
        value=${t??0}
        whole=${s}
        label=${w("jobs.processed_of",t??0,{whole:y(s)})}
        text=${n}
      />
      <p class="small">${o("jobs.may_leave")}</p>
    </section>
  `}function xn({job:e,reload:t,lost:s}){let{status:n,rows:r,users:i}=e,[c,{busy:l,error:u}]=z(async()=>{await L("POST",`/api/jobs/${e.id}/process`,{}),await t()}),f=Te(e);return a`
    <${Y}
      job=${e}
      title=${o("jobs.step_process")}
      acts=${f&&a`<a class="button second" href=${`/jobs/${e.id}`}>${o("jobs.overview")}</a>`}
    >
      <${re} job=${e} at="process" />
      ${s}
      ${n==="validated"&&a`
          <section class="card">
            <p>${w("jobs.go_on",r.valid)}</p>
            <${R} error=${u} />
            <div class="row">
              <a class="button second" href=${`/jobs/${e.id}/validate`}>${o("jobs.back")}</a>
              <${j} busy=${l} onClick=${c}>
                ${w("jobs.process_rows",r.valid)}
              </${j}>
            </div>
          </section>
        `}
      ${r.total==null&&a`
          <div class="empty">
            <p>${o("jobs.not_yet_read")}</p>
            <a class="button" href=${`/jobs/${e.id}/validate`}>${o("jobs.step_validate")}</a>
          </div>
        `}
      ${n==="processing"&&a`<${gr} job=${e} />`}
      ${n==="failed"&&a`
          <div class="note" data-tone="warn">
            <p>${w("jobs.failed_rows",r.failed)}</p>
            <${R} error=${u} />
            <div class="row">
              <${j} kind="second compact" busy=${l} onClick=${c}>
                ${o("jobs.try_failed")}
              </${j}>
            </div>
          </div>
        `}
      ${r.processed!=null&&a`
          <${dt}
            of=${["added","updated","unchanged","removed","failed"].map(d=>[o(`jobs.outcome_${d}`),r[d]])}
          />
        `}
      ${f&&i&&a`
          <section class="card">
            <h2>${o("jobs.who_acted")}</h2>
            ${i.total>0?a`
                    <p>
                      ${w("jobs.active_of",i.active,{total:y(i.total),percent:je(i.active,i.total)})}
                    </p>
                    <${Fe} users=${i} />
                  `:a`<p>${o("jobs.no_users")}</p>`}
            <p class="small">${o("jobs.finished",{at:E(e.finished_at)})}</p>
          </section>
          <div class="row">
            <a class="button" href=${`/jobs/${e.id}/notify`}>${o("jobs.continue_notify")}</a>
            ${r.invalid>0&&a`
                <a class="button second" href=${`/jobs/${e.id}/validate`}>
                  ${w("jobs.see_invalid",r.invalid)}
                </a>
              `}
          </div>
        `}
    </${Y}>
  `}function vr(e){let[,t]=b(0);return x(()=>{let s=()=>t(n=>n+1);return addEventListener("transferred",s),()=>removeEventListener("transferred",s)},[]),Vt(e)}function yr({job:e}){let t=vr(e.id),[s,n]=b(),r=an(e.id);if(t?.state==="going"||t?.state==="done"){let{loaded:i,total:c,since:l,state:u}=t,f=(Date.now()-l)*(c-i)/Math.max(i,1)/1e3;return a`
      <${be}
        value=${i}
        whole=${c}
        label=${u==="done"?o("jobs.uploaded"):o("jobs.uploading")}
        text=${u==="done"?o("jobs.waiting_read"):i>0?o("jobs.left",{time:H(f)}):Ke(c)}
      />
    `}return a`
    ${t?.state==="broken"&&a`<div role="alert" class="problem"><p>${o("jobs.upload_broken")}</p></div>`}
    ${r?a`
            <p>${o("jobs.upload_again",{until:E(r.expires_at)})}</p>
            <${_t}
              fault=${s}
              choose=${i=>{let c=Ge(i)??(i.name===e.file_name?void 0:o("jobs.file_other",{name:e.file_name}));n(c),c||ht(e.id,r,i)}}
            />
          `:a`<p>${o("jobs.upload_elsewhere")}</p>`}
    <div class="row"><${ye} job=${e} /></div>
  `}function jn({job:e,lost:t}){let s=e.status==="awaiting_file",[n]=b(()=>s||Vt(e.id)!==void 0);return x(()=>{!n||s||(cn(e.id),ee(`/jobs/${e.id}/validate`,{replace:!0}))},[s]),a`
    <${Y} job=${e} title=${o("jobs.step_upload")}>
      <${re} job=${e} at="upload" />
      ${t}
      <section class="card">
        ${s?a`
                <h2>${O(e.file_name)}</h2>
                <${yr} job=${e} />
              `:a`
                <h2>${o("jobs.file_came")}</h2>
                <dl>
                  <dt>${o("jobs.file")}</dt>
                  <dd>${O(e.file_name)}</dd>
                  <dt>${o("jobs.devices")}</dt>
                  <dd>${e.devices.join(", ")}</dd>
                  <dt>${o("jobs.lifetime")}</dt>
                  <dd>${H(W(e.link_lifetime))}</dd>
                </dl>
                <div class="row">
                  <a
                    class="button"
                    href=${`/jobs/${e.id}/${ge(e)==="process"?"process":"validate"}`}
                  >
                    ${o("jobs.continue")}
                  </a>
                  <a class="button second" href="/jobs/new">${o("jobs.new")}</a>
                </div>
              `}
      </section>
    </${Y}>
  `}var xr=["User","First Name","Last Name","Operation","Status","Role","Language","Time Zone","Site","User Supervisor","External Key","Externally Owned","License Type"],Ve=" ",jr=10,Yt=e=>`/api/jobs/${e.id}/mapping`,wn=()=>document.querySelector("h1").focus(),wr=({field:e,source:t})=>e??(t&&t!=="proposed"?Ve:""),kn=e=>e.map(({column:t},s)=>a`${s>0&&", "}${O(t||"–")}`);function Sn({row:e,columns:t}){let s=[...new Set(t.map(n=>n.export).filter(Boolean))];return[s.length>0&&o("jobs.columns_known",{export:s.join(", ")}),t.some(({source:n})=>n==="remembered")&&o("jobs.columns_remembered"),e>1&&o("jobs.columns_row",{row:e})].filter(Boolean)}function On({job:e,change:t}){let[s,n]=b(null);x(()=>{G(Yt(e)).then(n,()=>n(null))},[]);let r=s?.columns??[],i=r.every(({source:u})=>u==="ours")&&r.some(({field:u})=>u==="User"),c=r.every(({column:u})=>u!=="");if(r.length===0||i||!c)return null;let l=r.filter(({field:u})=>u===null);return a`
    <section class="card">
      <div class="row between">
        <h2>${o("jobs.columns")}</h2>
        <button type="button" class="second compact" onClick=${t}>
          ${o("jobs.columns_change")}
        </button>
      </div>
      ${Sn(s).map(u=>a`<p key=${u}>${u}</p>`)}
      ${l.length>0&&a`<${Cn} of=${l} name="columns_ignored" />`}
    </section>
  `}var Cn=({of:e,name:t})=>e.length>jr?a`
        <details class="inline">
          <summary>${w(`jobs.${t}`,e.length)}</summary>
          <p class="small">${kn(e)}</p>
        </details>
      `:a`<p>${w(`jobs.${t}`,e.length)}: ${kn(e)}</p>`;function Tn({job:e,done:t,close:s}){let[n,r]=b({}),i=async()=>{r({});try{let[l,u]=await Promise.all([G(Yt(e)),G("/api/settings")]);r({mapping:l,settings:u})}catch(l){r({error:l})}};x(()=>{i()},[]);let c=P();return x(()=>{s&&c.current.focus()},[]),a`
    <section class="card">
      <h2 tabindex="-1" ref=${c}>${o("jobs.columns_title")}</h2>
      ${n.mapping?a`<${Or} job=${e} ...${n} done=${t} close=${s} />`:n.error?a`<${K} error=${n.error} again=${i} />`:a`<${J} />`}
    </section>
  `}function kr(e,t){let s=new Map;return e.map((n,r)=>{let i=wr(n),c=t[r]??i,l=c===""?"undecided":c===i?n.source:"chosen",u=c.trim()!=="",f=u?s.get(c):void 0;return u&&f===void 0&&s.set(c,n.column),{...n,i:r,first:i,value:c,source:l,same:f}})}var Sr=e=>Object.fromEntries(e.filter(t=>t.source!=="ours").map(({column:t,value:s})=>[t,s===Ve?null:s]));function Or({job:e,mapping:t,settings:s,done:n,close:r}){let[i,c,l]=_e(`columns:${e.id}`,{chosen:{},keep:!0}),[u,f]=b(!1),d=P(),p=kr(t.columns,i.chosen),$=p.filter(({value:S})=>S===""),m=p.some(({value:S})=>S==="User"),_=(S,F)=>c(ue=>({...ue,chosen:{...ue.chosen,[S]:F}})),g=()=>requestAnimationFrame(()=>d.current?.querySelector("[aria-invalid]")?.focus()),[v,{busy:C,error:h}]=z(async()=>{if(f(!0),$.length>0||p.some(({same:S})=>S!==void 0))return g();m&&(await L("PUT",Yt(e),{columns:Sr(p),remember:i.keep}),l(),await n(),wn())});x(()=>{h&&g()},[h]);let T=()=>{let S=Object.fromEntries($.map(({i:F})=>[F,Ve]));c(F=>({...F,chosen:{...F.chosen,...S}})),document.getElementById("map").focus()},D=({column:S,value:F,same:ue})=>u&&F===""&&o("jobs.columns_decide")||ue!==void 0&&o("jobs.columns_same",{column:ue})||Q(h,`columns.${S}`),k=he(h,...p.map(({column:S})=>`columns.${S}`)),I=()=>{l(),r(),wn()};return a`
    <p>${[...Sn(t),o("jobs.columns_text")].join(" ")}</p>
    <div class="scroll" role="region" aria-label=${o("jobs.columns_title")} ref=${d}>
      <${Ce}
        caption=${o("jobs.columns_title")}
        columns=${Tr(s,_,D)}
        items=${p}
        id=${({i:S})=>S}
      />
    </div>
    ${$.length>0&&a`
        <div class="note" data-tone="warn">
          <${Cn} of=${$} name="columns_undecided" />
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
        onChange=${({target:S})=>c(F=>({...F,keep:S.checked}))}
      />
      <span>${o("jobs.columns_remember")}</span>
    </label>
    <div role="alert" class="problem">
      ${u&&!m&&a`<p>${o("jobs.columns_no_user")}</p>`}
    </div>
    <${R} error=${k?.code==="job_not_validated"?Cr:k} />
    <div class="row end">
      ${r?a`
              <button type="button" class="second" onClick=${I}>
                ${o("jobs.cancel")}
              </button>
            `:a`<${ye} job=${e} />`}
      <${j} id="map" busy=${C} onClick=${v}>${o("jobs.columns_use")}</${j}>
    </div>
  `}var Cr={code:"not_mappable"},Tr=(e,t,s)=>[{name:o("jobs.columns_column"),head:!0,cell:({column:n})=>O(n)||se()},{name:o("jobs.columns_who"),beside:!0,cell:({source:n})=>a`<${U} kind="source" of=${n} />`},{name:o("jobs.columns_samples"),cell:({samples:n})=>n.length===0?se():a`
            <ul class="changes">
              ${n.map((r,i)=>a`<li key=${i}>${O(r)}</li>`)}
            </ul>
          `},{name:o("jobs.columns_becomes"),cell:n=>a`<${Pr} ...${n} fault=${s(n)} settings=${e} put=${t} />`}];function Pr({i:e,column:t,value:s,also:n,fault:r,settings:i,put:c}){let l=i.devices.map(({name:f})=>f),u=[["columns_users",xr],["devices",[...l,...l.map(f=>`${f} Status`)]],["columns_custom",i.custom_fields]];return a`
    <div>
      <select
        value=${s}
        aria-label=${o("jobs.columns_becomes_of",{column:t})}
        aria-invalid=${r?"true":void 0}
        aria-describedby=${r?`column-${e}-fault`:void 0}
        onChange=${f=>c(e,f.target.value)}
      >
        ${s===""&&a`<option value="">${o("jobs.columns_choose")}</option>`}
        <option value=${Ve}>${o("jobs.columns_nothing")}</option>
        ${u.map(([f,d])=>d.length>0&&a`
              <optgroup key=${f} label=${o(`jobs.${f}`)}>
                ${d.map(p=>a`<option key=${p} value=${p}>${p}</option>`)}
              </optgroup>
            `)}
      </select>
      ${n&&s!==Ve&&a`<p class="small">${o("jobs.columns_also",{also:n})}</p>`}
      ${r&&a`<p class="fault" id=${`column-${e}-fault`}>${r}</p>`}
    </div>
  `}var Dr=()=>[{name:o("jobs.row"),head:!0,num:!0,cell:e=>y(e.row)},{name:o("jobs.level"),beside:!0,cell:e=>a`<${U} kind="level" of=${e.level} />`},{name:o("jobs.column"),cell:e=>O(e.column)??"–"},{name:o("jobs.what"),cell:e=>a`<span lang="en" dir="ltr">${e.message}</span>`},{name:o("jobs.value"),cell:e=>e.value?a`<code dir="auto">${e.value}</code>`:se()}];function Er({job:e}){let[t,s]=b(""),n=te(`/api/jobs/${e.id}/errors`,{level:t},{size:20});return a`
    <section class="card">
      <div class="row between">
        <h2>${o("jobs.issues")}</h2>
        ${e.rows.invalid>0&&a`
            <${Be} kind="second compact" path=${`/api/jobs/${e.id}/files/errors`}>
              ${o("jobs.download_errors")}
            </${Be}>
          `}
      </div>
      <p class="quiet">
        ${e.rows.invalid>0?o("jobs.issues_text"):o("jobs.issues_none_text")}
      </p>
      <${le}
        label=${o("jobs.level")}
        value=${t}
        choose=${s}
        of=${["","error","warning"].map(r=>({value:r,name:o(`jobs.levels_${r||"all"}`)}))}
      />
      <${ne}
        turn
        pages=${n}
        caption=${o("jobs.issues")}
        columns=${Dr()}
        none=${a`<div class="empty"><p>${o(`jobs.issues_no_${t||"all"}`)}</p></div>`}
      />
    </section>
  `}var Lr=()=>[{name:o("jobs.user"),head:!0,cell:e=>O(e.username)},{name:o("jobs.operation"),beside:!0,cell:e=>a`<${U} kind="operation" of=${e.operation} />`},{name:o("jobs.row"),num:!0,cell:e=>y(e.row)},{name:o("jobs.change"),cell:e=>{let t=Object.entries(e.changes??{});return t.length===0?se():t.length<=qr?Pn(t):a`
              <details class="inline">
                <summary>${w("jobs.fields",t.length)}</summary>
                ${Pn(t)}
              </details>
            `}}],qr=3,Pn=e=>a`
  <ul class="changes">
    ${e.map(([t,[s,n]])=>a`
        <li key=${t}>
          <span class="quiet">${O(t)}:</span>
          ${" "}${es(s)&&a`<del dir="auto">${es(s)}</del> → `}
          <ins dir="auto">${es(n)||o("jobs.cleared")}</ins>
        </li>
      `)}
  </ul>
`,es=e=>Array.isArray(e)?e.join(", "):e==null?"":String(e),Dn=["remove","update","add","unchanged"];function Ar({job:e}){let t=e.rows.planned,[s,n]=b(()=>t?Dn.find(i=>t[i]>0)??"":""),r=te(`/api/jobs/${e.id}/changes`,{operation:s},{size:20});return a`
    <section class="card">
      <h2>${o("jobs.changes")}</h2>
      <${le}
        label=${o("jobs.operation")}
        value=${s}
        choose=${n}
        of=${[...Dn.map(i=>({value:i,name:o(`jobs.operation_${i}`),count:t?.[i]})),{value:"",name:o("jobs.all")}]}
      />
      ${s==="remove"&&t?.remove>0&&a`
          <div class="note" data-tone="bad">
            <p>${w("jobs.removals",t.remove)}</p>
          </div>
        `}
      <${ne}
        turn
        pages=${r}
        caption=${o("jobs.changes")}
        columns=${Lr()}
        id=${i=>i.row}
        none=${a`<div class="empty"><p>${o("jobs.changes_none")}</p></div>`}
      />
    </section>
  `}function Mr({job:e}){let[t,s]=b(Date.now()),[n]=b(t);x(()=>{let c=setInterval(()=>s(Date.now()),1e3);return()=>clearInterval(c)},[]);let{processed:r,total:i}=e.rows;return a`
    <section class="card">
      <h2>${o("jobs.reading")}</h2>
      <${be}
        label=${o("jobs.reading_text")}
        text=${o("jobs.since",{time:H((t-n)/1e3)})}
        value=${r}
        whole=${i}
      />
    </section>
  `}var Fr=({job:e})=>a`
  <div class="note" data-tone="bad">
    <h2 tabindex="-1">${o("jobs.rejected")}</h2>
    <p lang="en" dir="ltr">${e.rejected_reason}</p>
    <p>${o("jobs.rejected_text")}</p>
  </div>
  <div class="row">
    <${ye} job=${e} kind="">${o("jobs.another_file")}</${ye}>
  </div>
  <p></p>
`,Br=({rows:{total:e,valid:t,invalid:s,planned:n}})=>a`
  <${dt}
    of=${[[o("jobs.rows"),e],[o("jobs.valid"),t],[o("jobs.invalid"),s],...n?[[o("jobs.planned_add"),n.add],[o("jobs.planned_update"),n.update],[o("jobs.planned_unchanged"),n.unchanged],[o("jobs.planned_remove"),n.remove]]:[]]}
  />
`;function Ur({job:e,reload:t}){let{valid:s,invalid:n}=e.rows,[r,{busy:i,error:c}]=z(async()=>{await L("POST",`/api/jobs/${e.id}/process`,{}),await t(),ee(`/jobs/${e.id}/process`)});return a`
    <section class="card">
      <div class="row between">
        <p>
          ${n>0?w("jobs.go_on_good",s,{invalid:y(n)}):w("jobs.go_on",s)}
        </p>
        <div class="row">
          <${ye} job=${e} />
          <${j} busy=${i} onClick=${r}>${w("jobs.process_rows",s)}</${j}>
        </div>
      </div>
      <${R} error=${c} />
    </section>
  `}function En({job:e,reload:t,lost:s}){let{status:n,rows:r}=e,[i,c]=b(!1),l=n==="validated"||n==="rejected",u=d=>a`
    <${Y} job=${e} title=${o("jobs.step_validate")}>
      <${re} job=${e} at="validate" />
      ${s}${d}
    </${Y}>
  `;if(n==="needs_mapping"||i&&l)return u(a`<${Tn} job=${e} done=${async()=>{await t(),c(!1)}} close=${n==="needs_mapping"?void 0:()=>c(!1)} />`);let f=r.total!=null;return u(a`
    ${n==="awaiting_file"&&a`
        <div class="empty">
          <p>${o("jobs.no_file")}</p>
          <a class="button" href=${`/jobs/${e.id}/upload`}>${o("jobs.step_upload")}</a>
        </div>
      `}
    ${n==="validating"&&a`<${Mr} job=${e} />`}
    ${n==="rejected"&&a`<${Fr} job=${e} />`}
    ${f&&a`<${Br} rows=${r} />`}
    ${n==="validated"&&a`<${Ur} job=${e} reload=${t} />`}
    ${l&&a`<${On} job=${e} change=${()=>c(!0)} />`}
    ${f&&a`<${Er} job=${e} />`}
    ${n==="validated"&&a`<${Ar} job=${e} />`}
    ${ge(e)==="process"&&a`
        <p>
          <a class="button" href=${`/jobs/${e.id}/process`}>${o("jobs.continue")}</a>
        </p>
      `}
  `)}var Nr={upload:jn,validate:En,process:xn,notify:fn},Rr={awaiting_file:1e3,validating:500,needs_mapping:4e3,processing:500,processed:4e3,failed:4e3};function ts({id:e,step:t}){let s=`/api/jobs/${encodeURIComponent(e)}`,{value:n,error:r,reload:i}=$e(s,({status:u})=>Rr[u]??null);if(!n){let u=a`<a href="/jobs">${o("jobs.title")}</a>`;return a`
      <${q} title=${o("jobs.job")} crumb=${u}>
        ${r?a`<${K} error=${r} again=${i} />`:a`<div class="card"><${J} /></div>`}
      </${q}>
    `}let c=r&&a`
      <p class="note" data-tone="warn" role="status">
        ${r.status===404?o("jobs.job_gone"):o("jobs.lost")}
      </p>
    `,l=t?Nr[t]:yn;return a`<${l} job=${n} reload=${i} lost=${c} />`}var Ln=e=>new Intl.DisplayNames(document.documentElement.lang,{type:"language"}).of(e);function Ir(e,t){let s=t.find(({tag:n,name:r})=>e===n||e===r);return s?Ln(s.tag):e}var Ee=e=>H(W(e)),Le=({id:e,title:t,of:s,children:n})=>a`
  <section class="card" aria-labelledby=${e}>
    <h2 id=${e}>${t}</h2>
    <dl>
      ${s.map(([r,i])=>a`
          <dt key=${r}>${r}</dt>
          <dd>${O(i)??o("records.not_set")}</dd>
        `)}
    </dl>
    ${n}
  </section>
`;function zr({of:e,settings:t}){let{email:s,email_note:n}=t,r=s?[!s.production&&o("records.sandbox"),!s.sending_enabled&&o("records.sending_off")].filter(Boolean):[o("records.email_unknown")];return a`
    <${Le}
      id="email"
      title=${o("records.email")}
      of=${[...e,...s?[[o("records.quota"),s.max_24_hour_send===null?o("records.no_limit"):w("records.emails",s.max_24_hour_send)],[o("records.sent_today"),y(s.sent_last_24_hours)],[o("records.rate"),s.max_send_rate?w("records.per_second",s.max_send_rate):o("records.no_limit")]]:[]]}
    >
      ${r.length>0&&a`
          <div class="note" data-tone="warn" title=${n??void 0}>
            ${r.map(i=>a`<p key=${i}>${i}</p>`)}
          </div>
        `}
    </${Le}>
  `}function qn(){let{value:e,error:t,reload:s}=$e("/api/settings",()=>null);if(!e)return a`
      <${q} title=${o("records.settings")} under=${o("records.settings_text")}>
        ${t?a`<${K} error=${t} again=${s} />`:a`<div class="card"><${J} /></div>`}
      </${q}>
    `;let{limits:n,sms:r}=e,i=(c,l)=>o("records.from_to",{from:Ee(c),to:Ee(l)});return a`
    <${q} title=${o("records.settings")} under=${o("records.settings_text")}>
      <div class="cards two">
        <${Le}
          id="deployment"
          title=${o("records.deployment")}
          of=${[[o("records.company"),e.company],[o("records.support"),e.support_contact],[o("records.base_url"),e.base_url],[o("records.app_url"),e.app_url],[o("records.language"),Ir(e.language,e.languages)],[o("records.languages"),e.languages.map(({tag:c})=>Ln(c)).join(", ")],[o("records.time_zone"),Qe(e.time_zone)]]}
        />
        <${zr}
          settings=${e}
          of=${[[o("records.sender"),e.sender],[o("records.reply_to"),e.reply_to]]}
        />
        <${Le}
          id="links"
          title=${o("records.links")}
          of=${[[o("records.link_lifetime"),Ee(n.link_lifetime)],[o("records.link_range"),i(n.link_lifetime_minimum,n.link_lifetime_maximum)],[o("records.reset_lifetime"),Ee(n.reset_lifetime)],[o("records.code_lifetime"),Ee(n.code_lifetime)],[o("records.renew_gap"),Ee(n.renew_gap)],[o("records.forgot"),w("records.per_hour",n.forgot_per_hour)]]}
        />
        <${Le}
          id="access"
          title=${o("records.access")}
          of=${[[o("records.password"),o("records.password_range",{from:y(n.password_minimum),to:y(n.password_maximum)})],[o("records.session_lifetime"),Ee(n.session_lifetime)]]}
        />
        <${Le}
          id="devices"
          title=${o("records.devices")}
          of=${[...e.devices.map(c=>[c.name,[o(`jobs.channel_${c.channel}`)||o("records.channel_voice"),c.default&&o("records.by_default")].filter(Boolean).join(", ")]),[o("records.countries"),r.countries.join(", ")||o("records.all_countries")],[o("records.segments"),y(r.max_segments)]]}
        />
        <${Le}
          id="file"
          title=${o("records.file")}
          of=${[[o("records.file_size"),St(n.file_bytes)],[o("records.file_rows"),y(n.file_rows)],[o("records.row_size"),St(n.row_bytes)],[o("records.custom_fields"),e.custom_fields.join(", ")||o("records.none")]]}
        />
      </div>
    </${q}>
  `}var Hr=e=>`/api/users/${encodeURIComponent(e)}`,Jr=({of:e})=>a`
  <dl>
    ${e.filter(([,t])=>t!=null&&t!=="").map(([t,s])=>a`
          <dt key=${t}>${t}</dt>
          <dd>${O(s)}</dd>
        `)}
  </dl>
`;function xt({name:e,path:t,done:s,question:n,text:r,kind:i="second"}){let[c,l]=b(!1),u=P(),f=async()=>{u.current??=qe(),await L("POST",t,{},{"Idempotency-Key":u.current}),u.current=null,Z(s.said),l(!1),s.reload()},[d,{busy:p,error:$}]=z(f);return n?a`
    <button type="button" class=${i} onClick=${()=>l(!0)}>${e}</button>
    ${c&&a`
        <${X} title=${n} confirm=${e} close=${()=>l(!1)} act=${f}>
          <p>${r}</p>
        </${X}>
      `}
  `:a`
      <div>
        <${j} kind=${i} busy=${p} onClick=${d}>${e}</${j}>
        <${R} error=${$} />
      </div>
    `}var Wr=({user:e,path:t,reload:s})=>a`
  <section class="card" aria-labelledby="devices">
    <h2 id="devices">${o("records.devices")}</h2>
    ${e.devices.length===0?a`<p class="quiet">${o("records.devices_none")}</p>`:a`
            <${Ce}
              caption=${o("records.devices")}
              items=${e.devices}
              id=${n=>n.name}
              columns=${[{name:o("records.device"),head:!0,cell:n=>n.name},{name:o("records.address"),cell:n=>O(n.address)},{name:o("records.state"),cell:n=>a`
                    <span class="row">
                      ${n.state==="undeliverable"?a`
                              <span class="badge" data-tone="bad">
                                ${o("records.device_undeliverable")}
                              </span>
                            `:n.status==="INACTIVE"?a`<span class="badge">${o("records.device_off")}</span>`:a`
                                <span class="badge" data-tone="good">
                                  ${o("records.device_ok")}
                                </span>
                              `}
                      ${n.state==="undeliverable"&&a`
                          ${n.reason&&a`<span class="small">${ve(n.reason)}</span>`}
                          <${xt}
                            kind="second compact"
                            name=${o("records.clear")}
                            path=${`${t}/devices/${encodeURIComponent(n.name)}/clear`}
                            done=${{said:o("records.cleared",{device:n.name}),reload:s}}
                            question=${o("records.clear_title",{device:n.name})}
                            text=${o("records.clear_text")}
                          />
                        `}
                    </span>
                  `}]}
            />
          `}
  </section>
`,Gr=({user:e})=>a`
  <section class="card" aria-labelledby="deliveries">
    <h2 id="deliveries">${o("records.deliveries")}</h2>
    ${e.deliveries.length===0?a`<p class="quiet">${o("records.deliveries_none")}</p>`:a`
            <${Ce}
              caption=${o("records.deliveries")}
              items=${e.deliveries}
              columns=${[{name:o("records.message"),head:!0,cell:t=>t.job?a`<a href=${`/jobs/${t.job}`}>${Ae("kind",t.kind)}</a>`:Ae("kind",t.kind)},{name:o("records.device"),cell:t=>t.device??"–"},{name:o("records.delivery"),cell:t=>a`
                    <span class="row">
                      <${U} kind="delivery" of=${t.state} />
                      ${t.reason&&a`<span class="small">${ve(t.reason)}</span>`}
                    </span>
                  `},{name:o("records.at"),cell:t=>a`<span class="nowrap">${E(t.at)}</span>`}]}
            />
          `}
  </section>
`,Vr=({user:e})=>a`
  <section class="card" aria-labelledby="jobs">
    <h2 id="jobs">${o("records.jobs")}</h2>
    ${e.jobs.length===0?a`<p class="quiet">${o("records.jobs_none")}</p>`:a`
            <${Ce}
              caption=${o("records.jobs")}
              items=${e.jobs}
              id=${t=>t.id}
              columns=${[{name:o("records.job"),head:!0,cell:t=>a`<a dir="auto" href=${`/jobs/${t.id}`}>${t.name}</a>`},{name:o("records.row"),num:!0,cell:t=>y(t.row)},{name:o("records.outcome"),cell:t=>a`<${U} kind="outcome" of=${t.outcome} />`},{name:o("records.at"),cell:t=>a`<span class="nowrap">${E(t.at)}</span>`}]}
            />
          `}
  </section>
`;function An({username:e}){let t=Hr(e),{value:s,error:n,reload:r}=$e(t,()=>4e3),i=a`<a href="/users">${o("records.users")}</a>`;if(!s)return a`
      <${q} title=${o("records.user")} name=${e} crumb=${i}>
        ${n?a`<${K} error=${n} again=${r} />`:a`<div class="card"><${J} /></div>`}
      </${q}>
    `;let c=s.state!=="inactive"&&s.state!=="removed";return a`
    <${q}
      title=${o("records.user")}
      name=${ce(s)||s.username}
      crumb=${i}
      under=${a`
        <${U} kind="state" of=${s.state} />
        ${" "}
        ${O(s.username)}
      `}
      acts=${a`
        ${c&&a`
            <${xt}
              kind=""
              name=${o("records.resend")}
              path=${`${t}/notifications`}
              done=${{said:o("records.resent"),reload:r}}
              question=${o("records.resend_title",{username:s.username})}
              text=${s.state==="active"?o("records.resend_text_active"):o("records.resend_text")}
            />
          `}
        <${xt}
          name=${o("records.end_sessions")}
          path=${`${t}/sign-out`}
          done=${{said:o("records.sessions_ended"),reload:r}}
          question=${o("records.end_sessions_title",{username:s.username})}
          text=${o("records.end_sessions_text")}
        />
      `}
    >
      ${n&&a`
          <p class="note" data-tone="warn" role="status">
            ${n.status===404?o("records.user_gone"):o("jobs.lost")}
          </p>
        `}
      ${s.locked_until&&a`
          <div class="note row between" data-tone="warn">
            <p>${o("records.locked",{until:E(s.locked_until)})}</p>
            <${xt}
              kind="second compact"
              name=${o("records.unlock")}
              path=${`${t}/unlock`}
              done=${{said:o("records.unlocked"),reload:r}}
            />
          </div>
        `}
      <div class="cards wide">
        <div>
          <${Wr} user=${s} path=${t} reload=${r} />
          <${Gr} user=${s} />
          <${Vr} user=${s} />
        </div>
        <section class="card" aria-labelledby="profile">
          <h2 id="profile">${o("records.profile")}</h2>
          <${Jr}
            of=${[[o("records.username"),s.username],[o("records.name"),ce(s)],[o("records.roles"),s.roles.join(", ")||o("records.roles_none")],[o("records.state"),o(`jobs.state_${s.state}`)],[o("records.activated_at"),s.activated_at&&E(s.activated_at)],[o("records.link_sent"),s.link&&E(s.link.sent_at)],[o("records.link_until"),s.link&&E(s.link.expires_at)],[o("records.language"),s.language],[o("records.time_zone"),Qe(s.time_zone)],...Object.entries(s.fields)]}
          />
          <p class="small">
            <a href=${`/audit?username=${encodeURIComponent(s.username)}`}>
              ${o("records.see_audit")}
            </a>
          </p>
        </section>
      </div>
    </${q}>
  `}var Kr=()=>[{name:o("records.username"),head:!0,cell:e=>Oe(e.username)},{name:o("records.name"),cell:e=>O(ce(e))||null},{name:o("records.state"),beside:!0,cell:e=>a`<${U} kind="state" of=${e.state} />`},{name:o("records.roles"),cell:e=>e.roles.join(", ")||null}];function Mn(){let[e,t]=b(()=>new URLSearchParams(location.search).get("q")??""),s=ie(e.trim());x(()=>pe({q:s}),[s]);let n=te("/api/users",{q:s});return a`
    <${q} title=${o("records.users")}>
      <section class="card" aria-label=${o("records.users")}>
        <form class="filters" role="search" onSubmit=${r=>r.preventDefault()}>
          <div class="field">
            <label for="q">${o("records.find")}</label>
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
            <p class="small" id="q-hint">${o("records.find_hint")}</p>
          </div>
        </form>
        <${ne}
          pages=${n}
          caption=${o("records.users")}
          columns=${Kr()}
          id=${r=>r.username}
          none=${a`
            <div class="empty">
              <p>${s?o("records.users_not_found"):o("records.users_none")}</p>
            </div>
          `}
        />
      </section>
    </${q}>
  `}var Fn={"/jobs":Zs,"/jobs/new":ln,"/jobs/{id}":ts,"/jobs/{id}/{step}":ts,"/users":Mn,"/users/{username}":An,"/audit":Gs,"/settings":qn};function Bn(){ms();let e=document.getElementById("app");e.replaceChildren(),Ft(a`<${Qr} />`,e)}function Qr(){let e=Object.keys(Fn),t=Rs(e);Je(()=>fs(t.path),[t.path]);let s=zt(e,t.path);return a`<${Fn[s.pattern]} key=${t.number} ...${s.values} />`}cs();Bn();
