"""Makes reference.json: values, first and second derivatives of scipy.special and scipy.stats, by mpmath.

python make-reference.py [NAME_PREFIX ...]; names that are there already are kept unless asked for. A derivative is a
central difference that two widths agree on. Arguments are rounded to float32, so that the values serve both dtypes.
"""
import json, signal, sys
import numpy as np
from mpmath import mp, mpf
mp.dps = 50

def f32(x):
    x = float(x)
    if x == 0 or not (1e-37 < abs(x) < 1e38): return x
    return float(np.float32(x))

TABLE = {}   # name -> (f, arguments, differentiable, second, points, derivs)
def add(name, f, points, d1=(0,), d2=(0,), analytic=None):
    TABLE[name] = (f, points, tuple(d1), tuple(d2), analytic)

# ---- elementary pieces, precise everywhere
def phi(x): return mp.exp(-mpf(x)**2/2)/mp.sqrt(2*mp.pi)
def Q(x): return mp.erfc(mpf(x)/mp.sqrt(2))/2
def ndtr(x): return Q(-x)
def logndtr(x):
    x = mpf(x)
    if x < -1e4:   # asymptotic: phi(x)/|x| * sum
        s = mpf(0); t = mpf(1); k = 0
        while True:
            s += t
            k += 1
            t2 = -t*(2*k-1)/(x*x)
            if abs(t2) >= abs(t) or abs(t2) < mpf(10)**(-mp.dps-5): break
            t = t2
        return -x*x/2 - mp.log(2*mp.pi)/2 - mp.log(-x) + mp.log(s)
    if x > 0: return mp.log1p(-Q(x))
    return mp.log(ndtr(x))
def erfcx(x):
    x = mpf(x)
    if x > 1e4:
        s = mpf(0); t = mpf(1); k = 0
        while True:
            s += t; k += 1
            t2 = -t*(2*k-1)/(2*x*x)
            if abs(t2) >= abs(t) or abs(t2) < mpf(10)**(-mp.dps-5): break
            t = t2
        return s/(x*mp.sqrt(mp.pi))
    return mp.exp(x*x)*mp.erfc(x)
def ndtri(p):
    p = mpf(p)
    if p > mpf(1)/2: return -ndtri_raw(1-p)
    return ndtri_raw(p)
def ndtri_raw(p):
    if p == mpf(1)/2: return mpf(0)
    lp = mp.log(p)
    x = -mp.sqrt(-2*lp) if p < 0.1 else (p-mpf(1)/2)*mp.sqrt(2*mp.pi)
    for _ in range(200):
        l = logndtr(x) - lp
        step = l*mp.exp(logndtr(x))/phi(x)
        x -= step
        if abs(step) < abs(x)*mpf(10)**(-mp.dps+8): break
    return x
def logG(x): return mp.loggamma(mpf(x)).real
def lg(x): return mp.log(abs(mp.gamma(x))) if x < 0 else mp.loggamma(x)
def betaln(a,b): return lg(a)+lg(b)-lg(a+b)
def P(a,x): return mp.gammainc(a,0,x,regularized=True)
def QQ(a,x): return mp.gammainc(a,x,mp.inf,regularized=True)
def I(a,b,x): return mp.betainc(a,b,0,x,regularized=True)
def xlogy(x,y): return mpf(0) if x == 0 else x*mp.log(y)
def xlog1py(x,y): return mpf(0) if x == 0 else x*mp.log1p(y)

near = [1e-300,1e-30,-1e-10,1e-5,0.1,-0.3,0.7]
mid = [1,-1.5,2.5,-4,6]
both = near+mid
S='special.'
add(S+'erf', mp.erf, both+[9,-20,26])
add(S+'erfc', mp.erfc, both+[9,-20,13,26])
add(S+'erfcx', erfcx, both+[9,-9,-25,30,1e3,1e8,1e20,1e100])
ei=lambda y: mp.erfinv(mpf(y)) if abs(y) < 0.9 else ndtri((1+mpf(y))/2)/mp.sqrt(2)
add(S+'erfinv', ei, [1e-300,1e-10,0.1,-0.4,0.5,0.75,0.9,-0.99,0.9999,1-2**-24,-(1-2**-40),1-2**-53],
    analytic=lambda y:(ei(y),[mp.sqrt(mp.pi)/2*mp.exp(ei(y)**2)],[mp.pi/2*ei(y)*mp.exp(2*ei(y)**2)]))
pos=[1e-300,1e-30,1e-10,1e-3,0.1,0.5,0.9,1,1.4,2,2.5,3,7.5,8,10,12,20,50]
neg=[-1e-30,-1e-10,-0.1,-0.5,-0.9,-1.5,-2.25,-3.5,-7.75,-20.5,-50.25]
add(S+'gammaln', lg, pos+neg+[1e3,1e6,1e10,1e30,1e100])
add(S+'loggamma', lg, pos+[1e3,1e6,1e30])
add(S+'gamma', mp.gamma, pos+neg+[33,100,150,-100.5])
add(S+'gammasgn', lambda x: mp.sign(mp.gamma(x)), [0.5,-0.5,-1.5,-2.5,1e10,-1e-30], d1=(), d2=())
add(S+'digamma', lambda x: mp.psi(0,x), pos+neg+[1e3,1e6,1e10,1e30])
add(S+'i0', lambda x: mp.besseli(0,x), both+[7.9,8.1,-15,19.9,20.1,50,300])
add(S+'i1', lambda x: mp.besseli(1,x), both+[7.9,8.1,-15,19.9,20.1,50,300])
def ie(n):
    def f(x):
        x=mpf(x)
        if abs(x) > 1e3:
            a=abs(x); s=mpf(0); t=mpf(1); k=0
            while True:
                s+=t; k+=1
                t2=-t*(4*n*n-(2*k-1)**2)/(k*8*a)
                if abs(t2)>=abs(t) or abs(t2)<mpf(10)**(-mp.dps-5): break
                t=t2
            return s/mp.sqrt(2*mp.pi*a)*(mp.sign(x) if n else 1)
        return mp.besseli(n,x)*mp.exp(-abs(x))
    return f
add(S+'i0e', ie(0), both+[7.9,8.1,-15,19.9,20.1,50,300,1e4,-1e8,1e20])
add(S+'i1e', ie(1), both+[7.9,8.1,-15,19.9,20.1,50,300,1e4,-1e8,1e20])
add(S+'expit', lambda x: 1/(1+mp.exp(-x)), both+[20,37.43,-40,80,-80,-700])
add(S+'logit', lambda x: mp.log(x/(1-x)), [1e-300,1e-30,1e-10,0.1,0.25,0.4999,0.5,0.51,0.75,0.9,1-2**-24])
add(S+'ndtr', ndtr, both+[-9,-20,-37,9,12])
add(S+'logNdtr', logndtr, both+[-9,-20,-37,-100,-1e4,-1e6,-1e9,-1e100,9,12,20,36])
def ndtri_an(p):
    x=ndtri(p); return (x,[1/phi(x)],[x/phi(x)**2])
add(S+'ndtri', ndtri, [1e-300,1e-100,1e-30,1e-10,1e-3,0.1,0.25,0.4,0.5,0.6,0.75,0.9,0.999,1-2**-24,1-2**-53], analytic=ndtri_an)
add(S+'entr', lambda x: -x*mp.log(x), [1e-300,1e-30,1e-5,0.3,1,2,1e10,1e30])
def spence(x): return mp.polylog(2,1-x)
add(S+'spence', lambda x: mp.re(spence(mpf(x))), [1e-300,1e-30,1e-10,0.1,0.49,0.5,0.9,0.9999,1,1.0001,1.5,1.99,2,2.5,10,1e5,1e30])
def dawson(x):
    x=mpf(x); 
    if abs(x)>50:
        s=mpf(0); t=1/(2*x); k=0
        while True:
            s+=t; k+=1
            t2=t*(2*k-1)/(2*x*x)
            if abs(t2)>=abs(t) or abs(t2)<abs(s)*mpf(10)**(-mp.dps-5): break
            t=t2
        return s
    return mp.sqrt(mp.pi)/2*mp.exp(-x*x)*mp.erfi(x)
add(S+'dawsn', dawson, both+[0.92413887,1.9,3.3,4.9,5.1,-10,30,1e4,-1e9,1e20,1e100])
add(S+'expi', mp.ei, [1e-300,1e-30,-1e-10,1e-3,-0.1,0.3725,0.5,-1,1,-5,10,39,41,-50,100,-300,600])
add(S+'exp1', mp.e1, [1e-300,1e-30,1e-10,1e-3,0.1,0.5,1,1.1,5,20,80,600])
add(S+'expn', lambda n,x: mp.expint(n,x), [(0,0.5),(0,30),(1,1e-10),(1,0.5),(2,1e-5),(2,0.7),(2,5),(3,1.5),(10,0.1),(10,30),(50,2),(6000,3)], d1=(1,), d2=(1,))
fs=[x for x in both if x != 1]+[1.1,1.59,1.61,2.4,2.6,30.3,-1e3]
add(S+'fresnel.0', mp.fresnels, fs); add(S+'fresnel.1', mp.fresnelc, fs)
add(S+'sici.0', mp.si, both+[3.9,4.1,10.9,11.1,-50.5,1e3,1e6])
add(S+'sici.1', mp.ci, [1e-300,1e-10,0.1,0.7,1,2.5,3.9,4.1,6,10.9,11.1,50.5,1e3,1e6])
ga=[(1e-10,1),(1e-3,0.1),(0.5,1e-30),(0.5,1e-5),(0.5,0.5),(0.5,30),(1,1),(1,1e-10),(2,0.1),(2,50),(3.5,3),(7.9,12),(8.1,4),(10,1e-3),(100,90),(100,110),(100,200),(999,1000),(1001,1000),(5000,5100),(1e5,1.003e5),(1e5,9.9e4),(1e6,1e6),(1e8,1.0001e8)]
def QQt(a,x):
    if a>3000: return 1-P(a,x) if x<a else QQ(a,x)
    return QQ(a,x)
add(S+'gammainc', P, [p for p in ga if p[0]<2e5], d1=(0,1), d2=(1,))
add(S+'gammaincc', QQt, [p for p in ga if p[0]<2e5], d1=(0,1), d2=(1,))
ba=[(1e-10,1),(0.1,0.2),(0.5,0.5),(1,1),(1,1e-10),(2.5,3),(7.9,0.3),(8.1,20),(30,1e-5),(1e3,0.5),(1e3,2e3),(1e6,0.5),(1e6,3),(1e6,1e6),(1e10,2.5),(1e10,1e10),(1e20,0.5),(1e20,1e20),(-0.5,2.25),(-1.5,-0.25),(-1.5+2**-20,0.5),(-1.5,1e-10),(-5.25,1e-10),(-0.3,1e6),(-2.75,1e10),(-1e-10,3),(-3-2**-20,0.4),(-7.5,5.25),(-0.4,-0.6+2**-20),(-20.3,30)]
add(S+'betaln', betaln, ba, d1=(0,1), d2=(0,1))
add(S+'beta', lambda a,b: mp.beta(a,b), [p for p in ba if p not in ((1e6,1e6),(1e10,1e10),(1e20,1e20))], d1=(0,1), d2=(0,1))
add(S+'betainc', I, [(0.5,0.5,1e-30),(0.5,0.5,0.3),(0.5,0.5,0.999),(1,1,0.25),(2,3,1e-10),(2,3,0.5),(2,3,0.99),(5,0.5,0.9),(0.2,8,0.01),(30,40,0.4),(30,40,0.9),(100,2,0.97),(2,100,1e-3),(1e3,1e3,0.5),(1e3,1e3,0.53),(1e4,3e4,0.2525)], d1=(2,), d2=(2,))
add(S+'xlogy', xlogy, [(1e-300,1e-300),(0,1),(0.5,1e-30),(2,1e30),(1,0.9999),(-3,1.5)], d1=(0,1), d2=(0,1))
add(S+'xlog1py', xlog1py, [(1e-300,1e-30),(0,1),(0.5,1e-30),(2,1e30),(1,-0.9999),(-3,1.5)], d1=(0,1), d2=(0,1))
def owens(h,a): 
    return mp.quad(lambda t: mp.exp(-h*h*(1+t*t)/2)/(1+t*t), [0,a/4,a/2,a])/(2*mp.pi)
def owens_an(h,a):
    g=mp.exp(-h*h*(1+a*a)/2)/(2*mp.pi*(1+a*a))
    e=mp.exp(-h*h/2); r=mp.erf(a*h/mp.sqrt(2))
    c=-1/(2*mp.sqrt(2*mp.pi))
    dh=c*r*e
    d2h=c*(2/mp.sqrt(mp.pi)*a/mp.sqrt(2)*mp.exp(-a*a*h*h/2)*e - h*e*r)
    d2a=g*(-h*h*a-2*a/(1+a*a))
    return owens(h,a),[dh,g],[d2h,d2a]
add(S+'owensT', owens, [(0.1,0.2),(1e-10,0.5),(1,1),(2,0.3),(3,0.9),(0.5,-0.7),(-2,0.5),(5,0.2),(0,0.5),(8,0.1)], d1=(0,1), d2=(0,1), analytic=owens_an)
add(S+'relEntr', lambda p,q: p*mp.log(p/q), [(1e-300,1e-5),(1e-30,1e-30),(0.5,0.5001),(0.3,0.7),(1e10,1),(1,1e30)], d1=(0,1), d2=(0,1))
add(S+'klDiv', lambda p,q: p*mp.log(p/q)-p+q, [(1e-30,1e-5),(0.3,0.7),(0.5,0.5001),(1,1.0000001),(1e10,1),(1,1e30),(2,2)], d1=(0,1), d2=(0,1))
def bc(x,l): return mp.log(x) if l==0 else mp.expm1(l*mp.log(x))/l
def bc1(x,l): return mp.log1p(x) if l==0 else mp.expm1(l*mp.log1p(x))/l
bp=[(1e-100,0.5),(0.5,0),(2,0),(2,1e-30),(2,1e-10),(2,-1e-5),(0.3,1e-3),(1.0001,0.5),(1,2),(3,2),(1e10,0.3),(5,-2),(5,-50)]
add(S+'boxcox', bc, bp, d1=(0,1), d2=(0,))
add(S+'boxcox1p', bc1, [(1e-300,0.5),(0.5,0),(2,0),(2,1e-30),(-0.5,1e-10),(1e-10,-1e-5),(0.3,1e-3),(1e-30,0.5),(3,2),(1e10,0.3),(5,-2),(5,-50)], d1=(0,1), d2=(0,))
add(S+'polygamma', lambda n,x: mp.psi(int(n),x), [(0,0.5),(1,1e-10),(1,0.5),(1,2),(1,30),(1,1e10),(1,-0.5),(1,-2.25),(2,0.1),(2,1e5),(3,7),(3,-1.5),(10,0.3),(10,1e3),(50,20),(31,2.5e9),(200,100),(120,1e3)], d1=(1,), d2=(1,))
add(S+'zeta', lambda s,q: mp.zeta(s,q), [(2,1),(1.0001,1),(1.5,0.1),(2,1e-10),(3,1e5),(10,0.3),(50,2),(2.5,20),(1.5,1e10),(4,1e10)], d1=(1,), d2=(1,))
add(S+'factorial', lambda n: mp.factorial(n), [0,1,5,10.5,0.5,1e-10,33,150], )
add(S+'comb', lambda n,k: mp.binomial(n,k), [(5,2),(30,15),(100,3),(1e6,2),(1e10,3),(10.5,2.5),(7,0.5),(1e3,0.25),(50,25)], d1=(0,1), d2=(0,1))
add(S+'poch', lambda z,m: mp.rf(z,m), [(0.5,2),(3,0.5),(1e-10,1.5),(100,2),(1e6,1.5),(1e10,2),(1e10,0.5),(-2.5,2),(2.5,-1),(30,30),(1e-30,2),(-1e-10,2),(1e-10,3),(0.1,2),(-1+2**-20,2),(-1.25,2),(-3-2**-20,5),(-5.5,3),(-5.5,12),(-2-2**-10,1.5),(1e-30,-3),(3+2**-20,-3),(-0.3,-2),(-40.25,-0.5),(-40.25,45.5),(5.5,-8.25),(-1e6-0.25,2),(1e-10,0.7)], d1=(0,1), d2=(0,1))
add(S+'multigammaln', lambda a,d: sum(lg(a-mpf(j)/2) for j in range(int(d)))+mpf(int(d)*(int(d)-1))/4*mp.log(mp.pi), [(1.5,1),(2.5,3),(10,5),(1e6,2),(1e10,4)])
add(S+'hyp1f1', lambda a,b,x: mp.hyp1f1(a,b,x), [(0.5,1.5,1e-10),(0.5,1.5,-2),(2,3,5),(-2,1.5,3),(1,2,-50),(0.3,0.7,100),(1.5,2.5,-800),(3,0.5,1),(-0.5,1.5,4),(-1,-5,0.3),(-2,-2,0.5)], d1=(2,), d2=(2,))
add(S+'hyp2f1', lambda a,b,c,x: mp.hyp2f1(a,b,c,x), [(0.5,1.5,2,1e-10),(0.5,1.5,2.2,0.3),(1,1,2,-0.9),(1,2,3.5,0.95),(0.5,0.5,1.7,-20),(-2,3,1.5,0.7),(2,3,4.4,-0.2),(1,1,2,-50),(1,2,3,-1e5),(1,1,1.5,-1e30),(2.5,0.5,1.25,-1e10),(0.5,0.5,1,1-2**-24),(0.5,0.5,1,0.9),(1,1,2,1-2**-20),(1,2,4.5,1-2**-20),(2,3,4,1-2**-20),(0.3,0.2,3.5,0.999),(1.25,0.75,-0.5,-1e4),(-2.5,3.5,1.5,0.8),(3.5,1.5+2**-20,0.7,-1e6),(0.5,0.25,0.75+2**-20,1-2**-24),(-2,3,-2,0.5),(-3,4,-5,-2),(0,0.5,-1,0.3),(-12,13,1,0.8),(20.5,18.5,3.5,-30),(-0.5,-3.5,1,-1e20)], d1=(3,), d2=(3,))
for n in (0,1,3):
    add(S+'besselJn.%d'%n, (lambda n: lambda x: mp.besselj(n,x))(n), [1e-30,1e-10,0.1,0.9,1.1,2.4,-4,10,24.9,25.1,100.5,1e3])
add(S+'bernoulli', lambda n: mp.bernoulli(int(n)), [0,1,2,3,4,8,12,20,50], d1=(), d2=())
def lsm(i):
    return lambda a,b,c: (a,b,c)[i]-mp.log(mp.exp(a)+mp.exp(b)+mp.exp(c))
sp=[(0,1,2),(1e-10,0,-3),(-1e5,-1e5,-1e5),(1000,1000.5,999),(-5,2,1),(3,3.5,0)]
for i in (0,2):
    add(S+'logSoftmax.%d'%i, lsm(i), sp, d1=(0,1,2), d2=(0,))
    add(S+'softmax.%d'%i, (lambda i: lambda a,b,c: mp.exp(lsm(i)(a,b,c)))(i), sp, d1=(0,1,2), d2=(0,))
add(S+'logsumexp', lambda a,b,c: mp.log(mp.exp(a)+mp.exp(b)+mp.exp(c)), sp, d1=(0,1,2), d2=(0,))
T='stats.'
L=mp.log
NOSECOND={'poisson.entropy','gamma.cdf'}
def dist(name, members, points, d1, d2=None, shift=True, **_):
    """members: name -> f(x, *shapes, loc, scale)"""
    for m,f in members.items(): add(T+name+'.'+m, f, points[m] if isinstance(points,dict) else points, d1=d1 if not isinstance(d1,dict) else d1[m], d2=(d1 if not isinstance(d1,dict) else d1[m]) if d2 is None else d2)
def std(fl): return lambda x,*r: fl((x-r[-2])/r[-1], *r[:-2])
def stdl(fl): return lambda x,*r: fl((x-r[-2])/r[-1], *r[:-2]) - L(r[-1])
def stdp(fl): return lambda x,*r: fl((x-r[-2])/r[-1], *r[:-2])/r[-1]
def q1(fl): return lambda q,*r: r[-2]+r[-1]*fl(q,*r[:-2])
zs=[1e-300,-1e-10,1e-3,0.3,-1,2.5,-8,20,-30]
def ls(zs, more=()): return [(z,0,1) for z in zs]+list(more)
sc=[(0.7,0.3,1.4),(3e-20,1e-20,1e-20),(3e30,-1e30,2e30),(1e-3,0.5,1e-2)]
big=[-1e4,1e4,-1e9,1e9,1e20,-1e30]
qs=[1e-300,1e-100,1e-30,1e-10,1e-3,0.1,0.3,0.5,0.7,0.9,0.999,1-2**-24]
Qs=[(q,0,1) for q in qs]+[(0.37,0.3,1.4),(1e-5,-2,10)]
d=(0,1,2)
nlp=lambda z: -z*z/2-L(2*mp.pi)/2
dist('norm',{'logpdf':stdl(nlp),'pdf':stdp(lambda z: mp.exp(nlp(z)))},{'logpdf':ls(zs+big,sc+[(1e-200,0,1e-200),(1e200,0,1e200)]),'pdf':ls(zs,sc)},d)
def nd(f,f1,f2):
    """value by f; derivatives in x, loc, scale from those of the standard one"""
    def an(x,l,s):
        z=(x-l)/s; a,b=f1(z),f2(z)
        return f(z),[a/s,-a/s,-a*z/s],[b/s/s]
    return an
def lnc1(z): return phi(z)/ndtr(z) if z>-1e4 else -z+(-1/z)*lncs(z)
def mill(z):
    # phi/Phi at z, precise
    return mp.exp(-z*z/2-mp.log(2*mp.pi)/2-logndtr(z))
for nm,s in (('cdf',1),('sf',-1)):
    add(T+'norm.'+nm,None,ls(zs+[-37,37,9],sc),d1=d,analytic=nd((lambda s: lambda z: ndtr(s*z))(s),(lambda s: lambda z: s*phi(z))(s),(lambda s: lambda z: -s*z*phi(z))(s)))
    def ln(s):
        f=lambda z: logndtr(s*z)
        f1=lambda z: s*mill(s*z)
        f2=lambda z: -mill(s*z)*(s*z+mill(s*z))
        return nd(f,f1,f2)
    def wrap(a):
        def g(*xs):
            mp.dps=400
            return a(*xs)
        return g
    add(T+'norm.log'+nm,None,ls(zs+[-37,37,9]+big[:4]+([-1e30] if s==1 else [1e30]),sc),d1=d,analytic=wrap(ln(s)))
def qn(sign):
    def an(q,l,s):
        mp.dps=60
        x=ndtri(q)*sign; a=sign/phi(x)
        return l+s*x,[s*a,mpf(1),x],[s*sign*(x*sign)/phi(x)**2]
    return an
add(T+'norm.ppf',None,Qs,d1=d,analytic=qn(1))
add(T+'norm.isf',None,Qs,d1=d,analytic=qn(-1))
# laplace
lz=[-1e-10,1e-3,0.3,-1,2.5,-8,20,-30,-300,800,-600]
lap=lambda z: mp.exp(z)/2 if z<=0 else 1-mp.exp(-z)/2
dist('laplace',{'logpdf':stdl(lambda z:-abs(z)-L(2)),'pdf':stdp(lambda z: mp.exp(-abs(z))/2),'cdf':std(lap)},
  {'logpdf':ls(lz+big,sc),'pdf':ls(lz,sc),'cdf':ls(lz+[1e4,1e30],sc)},d)
# logistic
lgp=lambda z: -z-2*mp.log1p(mp.exp(-z)) if z>=0 else z-2*mp.log1p(mp.exp(z))
sg=lambda z: 1/(1+mp.exp(-z))
dist('logistic',{'logpdf':stdl(lgp),'pdf':stdp(lambda z: mp.exp(lgp(z))),'cdf':std(sg),'sf':std(lambda z: sg(-z)),'ppf':q1(lambda q: L(q/(1-q))),'isf':q1(lambda q: -L(q/(1-q)))},
  {'logpdf':ls(zs[1:]+[1e4,-1e9,1e30],sc),'pdf':ls(zs[1:]+[-300,300],sc),'cdf':ls(zs[1:]+[-300,300],sc),'sf':ls(zs[1:]+[-300,300],sc),'ppf':Qs,'isf':Qs},d)
# cauchy
def cc(z):
    # P(Z<=z)
    if z<=0: return mp.atan2(1,-z)/mp.pi
    return 1-mp.atan2(1,z)/mp.pi
def lcc(z):
    return mp.log(cc(z)) if z<=0 else mp.log1p(-mp.atan2(1,z)/mp.pi)
cz=zs+[1e4,-1e4,-1e9,1e9,1e20,-1e20,1e30]
dist('cauchy',{'logpdf':stdl(lambda z: -L(mp.pi)-mp.log1p(z*z)),'pdf':stdp(lambda z: 1/(mp.pi*(1+z*z))),'cdf':std(cc),'sf':std(lambda z: cc(-z)),'logcdf':std(lcc),'logsf':std(lambda z: lcc(-z)),
  'ppf':q1(lambda q: -1/mp.tan(mp.pi*q) if q<0.5 else mp.tan(mp.pi*(q-mpf(1)/2))),'isf':q1(lambda q: 1/mp.tan(mp.pi*q) if q<0.5 else -mp.tan(mp.pi*(q-mpf(1)/2)))},
  {'logpdf':ls(cz+[1e200],sc),'pdf':ls(cz,sc),'cdf':ls(cz,sc),'sf':ls(cz,sc),'logcdf':ls(cz,sc),'logsf':ls(cz,sc),'ppf':Qs,'isf':Qs},d)
# gumbels
gz=[1e-3,0.3,-1,2.5,-5,20,-6,40,300]
gl=lambda z: -mp.exp(-z)
dist('gumbelR',{'logpdf':stdl(lambda z:-z-mp.exp(-z)),'pdf':stdp(lambda z: mp.exp(-z-mp.exp(-z))),'logcdf':std(gl),'cdf':std(lambda z: mp.exp(gl(z))),'sf':std(lambda z: -mp.expm1(gl(z))),'logsf':std(lambda z: mp.log1p(-mp.exp(gl(z))) if z<0 else mp.log(-mp.expm1(gl(z)))),'ppf':q1(lambda q: -L(-L(q)))},
  {'logpdf':ls(gz+[1e4,1e30],sc),'pdf':ls(gz,sc[:2]),'cdf':ls(gz,sc[:2]),'logcdf':ls(gz,sc[:2]),'sf':ls(gz,sc[:2]),'logsf':ls(gz+[1e4],sc[:2]),'ppf':Qs},d)
hz=[-z for z in gz]
lsf=lambda z: -mp.exp(z)
sc2=[(0.7,0.3,1.4),(3e-20,1e-20,1e-20)]
dist('gumbelL',{'logpdf':stdl(lambda z:z-mp.exp(z)),'pdf':stdp(lambda z: mp.exp(z-mp.exp(z))),'logsf':std(lsf),'sf':std(lambda z: mp.exp(lsf(z))),'cdf':std(lambda z: -mp.expm1(lsf(z))),'logcdf':std(lambda z: mp.log1p(-mp.exp(lsf(z))) if z>0 else mp.log(-mp.expm1(lsf(z)))),'ppf':q1(lambda q: L(-mp.log1p(-q)))},
  {'logpdf':ls(hz+[-1e4],sc2),'pdf':ls(hz,sc2),'cdf':ls(hz,sc2),'logcdf':ls(hz+[-1e4],sc2),'sf':ls(hz,sc2),'logsf':ls(hz,sc2),'ppf':Qs},d)
# t
tl=lambda z,df: lg((df+1)/2)-lg(df/2)-L(mp.pi*df)/2-(df+1)/2*mp.log1p(z*z/df)
tp=[(z,df,0,1) for df in (0.5,3.5,30) for z in (1e-10,0.3,-2.5,20,1e4,-1e9)]+[(0.5,1e-3,0,1),(1.5,1e3,0,1),(1.5,1e6,0,1),(-3,1e10,0,1),(1e20,2,0,1),(1e30,1.5,0,1),(0.7,3.5,0.3,1.4),(3e30,3.5,1e30,1e30),(3e-20,3.5,1e-20,1e-20),(1e200,2,0,1)]
dist('t',{'logpdf':stdl(tl),'pdf':stdp(lambda z,df: mp.exp(tl(z,df)))},{'logpdf':tp,'pdf':[p for p in tp if abs(p[0])<1e10 or p[0]==3e30]},(0,1,2,3))
# gennorm
gnl=lambda x,b: L(b/2)-lg(1/b)-abs(x)**b
def gnc(x,b):
    if x<=0: return QQ(1/b,abs(x)**b)/2
    return 1-QQ(1/b,abs(x)**b)/2
gp=[(x,b) for b in (0.5,1,1.7,2,8) for x in (1e-10,0.3,-1,2.5,-4)]+[(-20,1.5),(0.5,1e-1),(0.9,100),(1e4,0.3)]
dist('gennorm',{'logpdf':gnl,'pdf':lambda x,b: mp.exp(gnl(x,b)),'cdf':gnc},gp,{'logpdf':(0,1),'pdf':(0,1),'cdf':(0,)})
# uniform
up=[(0.7,0.3,1.4),(0.5,0,1),(1e-30,0,1),(3e30,1e30,1e31),(3e-20,1e-20,1e-19)]
dist('uniform',{'logpdf':lambda x,l,s:-L(s),'pdf':lambda x,l,s:1/s,'cdf':lambda x,l,s:(x-l)/s,'ppf':lambda q,l,s:l+q*s},{'logpdf':up,'pdf':up,'cdf':up,'ppf':[(q,l,s) for q in (1e-30,0.3,0.999) for l,s in ((0,1),(0.3,1.4))]},d)
# expon
ep=[(z,0,1) for z in (1e-300,1e-10,1e-3,0.3,0.69,1,5,30,100)]+sc2+[(3e30,1e30,1e30)]
dist('expon',{'logpdf':stdl(lambda z:-z),'pdf':stdp(lambda z:mp.exp(-z)),'cdf':std(lambda z:-mp.expm1(-z)),'logcdf':std(lambda z:L(-mp.expm1(-z))),'sf':std(lambda z:mp.exp(-z)),'logsf':std(lambda z:-z),'ppf':q1(lambda q:-mp.log1p(-q))},
  {'logpdf':ep+[(1e30,0,1)],'pdf':ep,'cdf':ep,'logcdf':ep,'sf':ep,'logsf':ep,'ppf':Qs},d)
# beta
bl=lambda y,a,b: xlogy(a-1,y)+xlog1py(b-1,-y)-betaln(a,b)
bpts=[(0.3,0.5,0.5),(1e-30,0.5,0.5),(1e-30,2,3),(0.5,2,3),(1-2**-20,2,3),(0.25,1,1),(1e-10,1e-2,5),(0.7,1.5,2.5),(0.01,0.2,80),(0.4,30,40),(0.5,1e3,1e3),(0.2525,1e4,3e4)]
bL=[(0.5,1e6,1e6),(0.5001,1e8,1e8),(1e-6,3,1e6),(1e-4,1e-3,1e4),(0.9999,1e6,50)]
bp4=[p+(0,1) for p in bpts]+[(0.7,1.5,2.5,0.3,1.4)]
dist('beta',{'logpdf':stdl(bl),'pdf':stdp(lambda y,a,b: mp.exp(bl(y,a,b)))},bp4+[p+(0,1) for p in bL],(0,1,2,3,4))
bIl=std(lambda y,a,b: I(a,b,y)); bIu=std(lambda y,a,b: mp.betainc(a,b,y,1,regularized=True))
bcp=[p for p in bp4 if p[1]<2e3]
dist('beta',{'cdf':bIl,'sf':bIu,'logcdf':lambda *r: L(bIl(*r)),'logsf':lambda *r: L(bIu(*r))},bcp,(0,3,4))
# gamma, chi2
gml=lambda y,a: xlogy(a-1,y)-y-lg(a)
gpts=[(1e-30,0.5),(1e-10,1),(0.5,0.5),(3,3.5),(50,2),(1e-5,2),(90,100),(200,100),(1e3,999),(5100,5000),(0.1,1e-3),(1e-5,1e-10)]
gL=[(1e6,1e6),(1.001e6,1e6),(1e10,1e10),(1e10,2),(1e30,1e30),(1e-200,3)]
ex=[(0.7,1.5,0.3,1.4),(3e-20,1.5,1e-20,1e-20)]
gp4=[p+(0,1) for p in gpts]+ex
dist('gamma',{'logpdf':stdl(gml)},gp4+[p+(0,1) for p in gL],(0,1,2,3))
dist('gamma',{'pdf':stdp(lambda y,a: mp.exp(gml(y,a)))},gp4+[(1e6,1e6,0,1),(1.001e6,1e6,0,1),(1e10,1e10,0,1)],(0,1,2,3))
gcl=std(lambda y,a: P(a,y)); gcu=std(lambda y,a: QQt(a,y))
dist('gamma',{'cdf':gcl,'sf':gcu,'logcdf':lambda *r: L(gcl(*r)),'logsf':lambda *r: L(gcu(*r))},gp4,(0,2,3))
ch=lambda f: (lambda x,df,l,s: f(x,df/2,l,2*s))
cp4=[(p[0],2*p[1])+tuple(p[2:]) for p in gp4]
dist('chi2',{'logpdf':ch(stdl(gml))},cp4+[(1e6,1e6,0,1),(1e10,1.0001e10,0,1)],(0,1,2,3))
dist('chi2',{'pdf':ch(stdp(lambda y,a: mp.exp(gml(y,a))))},cp4+[(1e6,1e6,0,1)],(0,1,2,3))
dist('chi2',{'cdf':ch(gcl),'sf':ch(gcu),'logcdf':lambda *r: L(ch(gcl)(*r)),'logsf':lambda *r: L(ch(gcu)(*r))},cp4,(0,2,3))
# pareto
pp=[(1+2**-20,1.5),(1.5,1e-5),(2.7,1.5),(10,30),(1e5,2),(1e10,0.5),(1e30,3),(1.001,1e3)]
pp4=[p+(0,1) for p in pp]+[(2.7,1.5,0.3,1.4),(3e-20,1.5,1e-20,1e-20)]
dist('pareto',{'logpdf':stdl(lambda z,b: L(b)-(b+1)*L(z)),'pdf':stdp(lambda z,b: b*mp.exp(-(b+1)*L(z))),'cdf':std(lambda z,b:-mp.expm1(-b*L(z))),'logcdf':std(lambda z,b:mp.log1p(-mp.exp(-b*L(z)))),'sf':std(lambda z,b:mp.exp(-b*L(z))),'logsf':std(lambda z,b:-b*L(z)),'ppf':q1(lambda q,b: mp.exp(-mp.log1p(-q)/b))},
 {'logpdf':pp4,'pdf':pp4,'cdf':pp4,'logcdf':pp4,'sf':pp4,'logsf':pp4,'ppf':[(q,b,0,1) for q in (1e-30,1e-10,0.3,0.999) for b in (0.5,1.5,100)]+[(0.37,1.5,0.3,1.4)]},(0,1,2,3))
# vonmises
def vm(x,k): return -L(2*mp.pi)-L(ie(0)(k))+k*(mp.cos(x)-1)
vp=[(0.7,1.5),(1e-10,1.5),(3,0.1),(0.5,1e-10),(-2,8.1),(0.1,50),(2e-3,1e6),(2e-5,1e10),(2,0.5)]
dist('vonmises',{'logpdf':vm,'pdf':lambda x,k: mp.exp(vm(x,k))},vp,(0,1))
def wc(x,c): return L((1-c)*(1+c))-L(2*mp.pi)-L((1-c)**2+4*c*mp.sin(x/2)**2)
wp=[(0.7,0.5),(1e-10,0.3),(1e-3,0.9999),(3,1e-10),(6.2,0.9),(1e-5,1-2**-20),(3.1,0.99)]
dist('wrapcauchy',{'logpdf':wc,'pdf':lambda x,c: mp.exp(wc(x,c))},wp,(0,1))
# truncnorm
def tm(a,b):
    if a>0: return Q(a)-Q(b)
    return ndtr(b)-ndtr(a)
def tnl(z,a,b): return nlp(z)-L(tm(a,b))
tpts=[(0.7,-1.2,2.1,0.3,1.4),(0.5,-1,1.5,0,1),(5,4,6,0,1),(-5,-6,-4,0,1),(10.5,10,11,0,1),(30.01,30,31,0,1),(-30.01,-31,-30,0,1),(1e-3,0,1,0,1),(0.1,-20,20,0,1),(-3,-20,20,0,1),(3,-20,20,0,1),(1e-10,-1e-3,1e-3,0,1)]
dist('truncnorm',{'logpdf':stdl(tnl),'pdf':stdp(lambda z,a,b: mp.exp(tnl(z,a,b))),'cdf':std(lambda z,a,b: tm(a,z)/tm(a,b)),'sf':std(lambda z,a,b: tm(z,b)/tm(a,b)),'logcdf':std(lambda z,a,b: L(tm(a,z)/tm(a,b))),'logsf':std(lambda z,a,b: L(tm(z,b)/tm(a,b)))},tpts,(0,1,2,3,4))
# discrete: derivatives with respect to the parameters
dp=lambda p: p
pl=lambda k,mu,l: xlogy(k-l,mu)-lg(k-l+1)-mu
pk=[(0,1e-30,0),(0,2.5,0),(3,2.5,1),(3,1e-10,0),(50,40,0),(1000,1050,0),(1e6,1e6,0),(1001000,1e6,0),(1e7,1.0001e7,0),(5,300,0)]
dist('poisson',{'logpmf':pl,'pmf':lambda *r: mp.exp(pl(*r))},pk,(1,),d2=(1,))
dist('poisson',{'cdf':lambda k,mu,l: QQ(k-l+1,mu)},[(0,2.5,0),(3,2.5,1),(3,1e-10,0),(50,40,0),(1000,1050,0)],(1,),d2=(1,))
def pent(mu,l):
    mu=mpf(mu)
    if mu>600:
        return L(2*mp.pi*mp.e*mu)/2-1/(12*mu)-1/(24*mu**2)-mpf(19)/(360*mu**3)-mpf(9)/(80*mu**4)-mpf(863)/(2520*mu**5)
    n=int(mu+60*mp.sqrt(mu)+200)
    s=mpf(0); t=mp.exp(-mu)
    for k in range(n):
        if k: t=t*mu/k
        s-=t*L(t)
    return s
add(T+'poisson.entropy',pent,[(1e-10,0),(0.1,0),(2.5,0),(40,0),(300,0),(1e3,0),(1e10,0)],d1=(0,),d2=())
def lb(k,n,p): return lg(n+1)-lg(k+1)-lg(n-k+1)+xlogy(k,p)+xlog1py(n-k,-p)
bn=lambda k,n,p,l: lb(k-l,n,p)
bk=[(0,5,0.3,0),(5,5,0.3,0),(3,7,0.3,1),(2,100,1e-10,0),(50,100,0.5,0),(500,1000,0.52,0),(1e6,3e6,0.3333,0),(3,1e7,1e-7,0),(0,0,0.5,0)]
dist('binom',{'logpmf':bn,'pmf':lambda *r: mp.exp(bn(*r))},bk,(2,),d2=(2,))
be=lambda k,p,l: xlogy(k-l,p)+xlog1py(1-(k-l),-p)
bek=[(0,0.3,0),(1,0.3,0),(1,1e-30,0),(0,1e-30,0),(0,0.999,0),(2,0.3,1)]
dist('bernoulli',{'logpmf':be,'pmf':lambda *r: mp.exp(be(*r))},bek,(1,),d2=(1,))
add(T+'bernoulli.cdf',lambda k,p: mpf(1)-p if k<1 else mpf(1),[(0,0.3),(0.5,0.9),(1,0.3),(5,0.2)],d1=(1,),d2=())
add(T+'bernoulli.ppf',lambda q,p: mpf(0) if q<=1-p else mpf(1),[(0.8,0.3),(0.6,0.3),(1e-10,0.5)],d1=(),d2=())
ge=lambda k,p,l: xlog1py(k-l-1,-p)+L(p)
gk=[(1,0.3,0),(3,0.3,1),(100,1e-3,0),(1e6,1e-6,0),(5,1e-30,0),(2,0.999,0)]
dist('geom',{'logpmf':ge,'pmf':lambda *r: mp.exp(ge(*r))},gk,(1,),d2=(1,))
nb=lambda k,n,p,l: lg(k-l+n)-lg(n)-lg(k-l+1)+n*L(p)+xlog1py(k-l,-p)
nk=[(0,2.5,0.3,0),(3,2.5,0.3,1),(3,0.1,0.9,0),(100,50,0.3,0),(1.2e6,1e6,0.5,0),(10,1e7,0.999999,0),(2,1e-5,0.5,0),(5,3,1e-10,0)]
dist('nbinom',{'logpmf':nb,'pmf':lambda *r: mp.exp(nb(*r))},nk,(1,2),d2=(2,))
bb=lambda k,n,a,b,l: -mp.log1p(n)-betaln(n-(k-l)+1,k-l+1)+betaln(k-l+a,n-(k-l)+b)-betaln(a,b)
bbk=[(3,7,1.5,2.5,1),(0,5,0.5,0.5,0),(5,5,2,3,0),(50,100,30,20,0),(3,10,1e-3,1e-3,0),(2,10,1e6,2e6,0),(1e3,1e4,2,3,0)]
dist('betabinom',{'logpmf':bb,'pmf':lambda *r: mp.exp(bb(*r))},bbk,(2,3),d2=(2,))
# of vectors
dl=lambda x,y,a,b,c: (a-1)*L(x)+(b-1)*L(y)+(c-1)*L(1-x-y)+lg(a+b+c)-lg(a)-lg(b)-lg(c)
dpt=[(0.25,0.25,2.5,1.5,3),(2**-20,0.5,0.5,1,2),(0.25,0.5,100,200,100),(0.125,0.125,1e-3,1,1)]
dist('dirichlet',{'logpdf':dl,'pdf':lambda *r: mp.exp(dl(*r))},dpt,(2,3,4),d2=(2,))
ml=lambda a,b,n,p,q: lg(n+1)-lg(a+1)-lg(b+1)+xlogy(a,p)+xlogy(b,q)
mpt=[(2,3,5,0.25,0.75),(0,4,4,1e-10,1),(500,500,1000,0.5,0.5)]
dist('multinomial',{'logpmf':ml,'pmf':lambda *r: mp.exp(ml(*r))},mpt,(3,4),d2=(4,))
mv=lambda x,y,m,s,r: -((x-m)**2/s-2*r*(x-m)*y/s+y*y)/(2*(1-r*r/s))-L(2*mp.pi)-L(s-r*r)/2
mvp=[(0.5,-0.25,0.1,2,0.5),(1e4,0,0,1,0.5),(30,-30,1,3,-0.5),(1e-10,1e-5,0,1e-4,0)]
dist('multivariateNormal',{'logpdf':mv,'pdf':lambda *r: mp.exp(mv(*r))},{'logpdf':mvp,'pdf':[mvp[0],mvp[3]]},(0,1,2,3),d2=(0,))
def kde(x,a,b,c):
    n=mpf(3); m=(a+b+c)/3; var=((a-m)**2+(b-m)**2+(c-m)**2)/2*n**(-mpf(2)/5)
    return sum(mp.exp(-(x-t)**2/(2*var)) for t in (a,b,c))/3/mp.sqrt(2*mp.pi*var)
kp=[(0.5,0,1,3),(-4,0,1,3),(10,0,1,3)]
add(T+'gaussianKde.pdf',kde,kp,d1=(0,1)); add(T+'gaussianKde.logpdf',lambda *r: L(kde(*r)),kp+[(60,0,1,3)],d1=(0,1))
add(T+'sem',lambda a,b,c: mp.sqrt(((a-(a+b+c)/3)**2+(b-(a+b+c)/3)**2+(c-(a+b+c)/3)**2)/6),[(1,2,4),(1e-10,2e-10,5e-10),(1e10,2e10,5e10)],d1=(0,1,2))

def num(v):
    v = mp.re(v)
    if mp.isnan(v): return "nan"
    if abs(v) > mpf(2)**1024: return "inf" if v > 0 else "-inf"
    return float(v)
class TO(Exception): pass
def handler(*_): raise TO()
signal.signal(signal.SIGALRM, handler)

def once(f, args, i, order, dps, rel):
    mp.dps = dps
    x = args[i]
    h = abs(x)*mpf(10)**-rel if x != 0 else mpf(10)**-(rel+20)
    def at(t): return f(*[t if j == i else a for j, a in enumerate(args)])
    if order == 1: return (at(x+h)-at(x-h))/(2*h)
    return (at(x+h)-2*at(x)+at(x-h))/h**2
def derive(f, args, i, order):
    """Central differences, accepted where two step widths agree."""
    a = once(f, args, i, order, 150, 40)
    for dps, rel in ((220, 60), (1600, 310), (1700, 330)):
        b = once(f, args, i, order, dps, rel)
        if b != 0 and (a == b or abs(a-b) <= abs(b)*mpf(10)**-19): return b
        a = b
    if a == 0 or abs(a)*abs(args[i])**order < abs(f(*args))*mpf(10)**-100: return mpf(0)
    raise ValueError('no agreement')

only = sys.argv[1:]
out = {}
try: out = json.load(open('reference.json'))
except Exception: pass
for name, (f, points, d1, d2, an) in TABLE.items():
    if only and not any(name.startswith(o) for o in only): continue
    if not only and name in out: continue
    rows = []
    for p in points:
        p = p if isinstance(p, tuple) else (p,)
        args = [f32(a) for a in p]
        signal.alarm(25)
        try:
            if an is not None:
                mp.dps = 60
                v, g, s = an(*[mpf(a) for a in args])
                rows.append([args, num(v), [num(x) for x in g], [num(x) for x in s]])
            else:
                mp.dps = 50
                m = [mpf(a) for a in args]
                v = f(*m)
                mp.dps = 90
                w = f(*m)
                if abs(v-w) > abs(w)*mpf(10)**-19: v = w; mp.dps = 300; w = f(*m); assert abs(v-w) <= abs(w)*mpf(10)**-19, 'value'; v = w
                mp.dps = 150
                g = [derive(f, m, i, 1) for i in d1]
                s = [derive(f, m, i, 2) for i in d2]
                rows.append([args, num(v), [num(x) for x in g], [num(x) for x in s]])
        except TO:
            print('timeout', name, args, flush=True)
        except Exception as e:
            print('fail', name, args, repr(e)[:100], flush=True)
        finally:
            signal.alarm(0)
    out[name] = {"d1": list(d1), "d2": list(d2), "rows": rows}
    print(name, len(rows), flush=True)
def text(x):
    if isinstance(x, list): return '[' + ','.join(map(text, x)) + ']'
    if isinstance(x, str): return json.dumps(x)
    return str(int(x)) if x == int(x) and abs(x) < 1e15 else repr(x)
with open('reference.json', 'w') as f:
    f.write('{\n' + ',\n'.join('"%s":{"d1":%s,"d2":%s,"rows":[\n%s\n]}' % (k, text(v['d1']), text(v['d2']),
        ',\n'.join(map(text, v['rows']))) for k, v in sorted(out.items())) + '\n}\n')
