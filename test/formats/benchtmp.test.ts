import { test } from 'vitest';
import { START } from '../../src/formats/format.ts';
import { formats } from '../../src/formats/registry.ts';
import { streamOf } from './support.ts';
const N=60000;
const row=(i:number)=>['C'+i,'Acme 公司 '+i,'info'+i+'@example.com','+86 138 0013 8000','Shanghai','浦东新区','200120','CN','active','2024-01-01T00:00:00Z','12345.67','gold','some notes here','x'];
const names=['cust_no','name','email','phone','city','street','postal','country','status','updated_at','credit','tier','notes','flag'];
const docs:any={
 csv:[streamOf({}), names.join(',')+'\n'+Array.from({length:N},(_,i)=>row(i).join(',')+'\n').join('')],
 csvq:[streamOf({}), names.join(',')+'\n'+Array.from({length:N},(_,i)=>row(i).map(c=>`"${c}"`).join(',')+'\n').join('')],
 ndjson:[streamOf({format:'ndjson'}), Array.from({length:N},(_,i)=>JSON.stringify(Object.fromEntries(row(i).map((c,k)=>[names[k],c])))+'\n').join('')],
 json:[streamOf({format:'json'}), '['+Array.from({length:N},(_,i)=>JSON.stringify(Object.fromEntries(row(i).map((c,k)=>[names[k],c])))).join(',')+']'],
 xml:[streamOf({format:'xml',record:'customers/customer'}), '<customers>'+Array.from({length:N},(_,i)=>'<customer>'+row(i).map((c,k)=>`<${names[k]}>${c}</${names[k]}>`).join('')+'</customer>\n').join('')+'</customers>'],
};
test('bench',()=>{
 for(const [n,[stream,text]] of Object.entries(docs) as any){
  const bytes=Buffer.from(text); const reader=formats[stream.format as 'csv'];
  for(let pass=0;pass<2;pass++){
  const f=reader.createFramer(stream,START); const recs:any[]=[]; let ctx:any;
  let t=process.hrtime.bigint();
  for(let i=0;i<bytes.length;i+=262144){f.push(bytes.subarray(i,i+262144));for(let r=f.next();r;r=f.next()){recs.push(r);ctx=f.position();}}
  f.finish();f.next();
  const tf=Number(process.hrtime.bigint()-t)/1000/N;
  const d=reader.createDecoder(stream,'utf-8',ctx.context); t=process.hrtime.bigint(); const M=Math.min(recs.length,20000);
  for(let i=0;i<M;i++) if(!d(recs[i]).ok) throw new Error('x');
  const td=Number(process.hrtime.bigint()-t)/1000/M;
  if(pass) console.log(n,(bytes.length/N).toFixed(0),'B/rec frame',tf.toFixed(2),'us decode',td.toFixed(2),'us');
  }}
},100000);
