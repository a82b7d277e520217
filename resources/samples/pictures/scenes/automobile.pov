// A red saloon beside a meadow, three-quarter view from the front.
#version 3.7;
#include "outdoor.inc"
#include "loft.inc"

#declare SunDir = <0.75, 0.95, -0.85>;
Sun(SunDir, srgb <1.0, 0.95, 0.87> * 1.55)
Sky(SunDir, 0.50, 1.3, <3.1, 0, 5.2>, srgb <0.30, 0.50, 0.82>, srgb <0.80, 0.87, 0.94>)
Haze(900, srgb <0.74, 0.82, 0.91>)

#declare Red = Paint(<0.30, 0.006, 0.008>)

// The car: nose towards +x, wheels on y = 0.
#declare Wide = spline { natural_spline -2.4, 0.84*x, -1.6, 0.885*x, 0, 0.90*x, 1.4, 0.885*x, 2.4, 0.82*x };
#declare Low = spline { natural_spline -2.4, 0.34*x, -1.6, 0.24*x, 0, 0.20*x, 1.5, 0.22*x, 2.4, 0.26*x };
#declare High = spline { natural_spline -2.4, 0.98*x, -2.0, 1.03*x, -1.2, 1.01*x, 0, 0.97*x, 0.9, 0.965*x, 1.6, 0.89*x, 2.1, 0.78*x, 2.4, 0.68*x };
#declare CabinWide = spline { natural_spline -2.0, 0.66*x, -1.2, 0.76*x, -0.2, 0.79*x, 0.8, 0.76*x, 1.2, 0.70*x };
#declare CabinLow = spline { linear_spline -2.0, 0.62*x, 1.2, 0.62*x };
#declare Roof = spline { natural_spline -2.0, 0.97*x, -1.7, 1.06*x, -1.2, 1.28*x, -0.7, 1.415*x, -0.2, 1.455*x, 0.2, 1.41*x, 0.6, 1.20*x, 0.95, 0.985*x, 1.2, 0.86*x };

// The cabin leans inwards towards the roof.
#macro Cabin(N, M)
  #local P = array[N][M];
  #for (I, 0, N - 1)
    #local X = -1.9 + 3.0 * I / (N - 1);
    #local H = Roof(X).x - CabinLow(X).x;
    #for (J, 0, M - 1)
      #local T = 2 * pi * (J + 0.5) / M;
      #local V = H * Signed(sin(T), 2 / 4.2);
      #local Lean = 1 - 0.30 * max(0, V - 0.33) / 0.5;
      #local P[I][J] = <X, CabinLow(X).x + max(V, -0.1), CabinWide(X).x * Lean * Signed(cos(T), 2 / 4.2)>;
    #end
  #end
  Loft(P, N, M, true)
#end

#macro SideWindow()
  prism {
    -1, 1, 14,
    <-1.42, 1.035>, <-1.05, 1.235>, <-0.70, 1.330>, <-0.42, 1.365>, <-0.42, 1.03>, <-0.90, 1.035>, <-1.42, 1.035>,
    <-0.34, 1.03>, <-0.34, 1.372>, <-0.12, 1.374>, <0.14, 1.330>, <0.42, 1.175>, <0.70, 1.02>, <-0.34, 1.03>
    rotate -x * 90
  }
#end
#declare Windows = union {
  SideWindow()
  prism { 0.99, 1.43, 5, <0.30, -0.47>, <0.30, 0.47>, <0.92, 0.60>, <0.92, -0.60>, <0.30, -0.47> }
  prism { 1.07, 1.38, 5, <-0.86, -0.50>, <-0.86, 0.50>, <-1.66, 0.58>, <-1.66, -0.58>, <-0.86, -0.50> }
}

#macro Seam(X0, Y0, X1, Y1) cylinder { <X0, Y0, -2>, <X0, Y0, 2>, 0.001 } 
  prism { -1, 1, 5, <X0 - 0.005, Y0>, <X0 + 0.005, Y0>, <X1 + 0.005, Y1>, <X1 - 0.005, Y1>, <X0 - 0.005, Y0> rotate -x * 90 }
#end
#declare Seams = union {
  Seam(0.86, 0.36, 0.80, 0.96) Seam(-0.38, 0.30, -0.38, 1.02) Seam(-1.12, 0.66, -1.22, 1.02) Seam(-0.92, 0.34, -1.12, 0.66)
  box { <-0.92, 0.335, -1> <0.86, 0.343, 1> }
  // bonnet
  difference { box { <1.0, 0.6, -0.71> <2.16, 1.2, 0.71> } box { <1.008, 0.5, -0.702> <2.152, 1.3, 0.702> } }
}
#declare Dark = union {
  box { <-2.5, 0, -1> <2.5, 0.285, 1> }
  box { <2.1, 0.33, -0.50> <2.6, 0.44, 0.50> }
}
#declare Lamps = union {
  #for (S, -1, 1, 2)
    intersection {
      prism { -1.2, 1.2, 5, <1.86, 0.655>, <2.6, 0.54>, <2.6, 0.665>, <1.80, 0.765>, <1.86, 0.655> rotate -x * 90 }
      box { <1.7, 0.4, 0.40> <2.6, 1, 1.2> }
      scale <1, 1, S>
    }
  #end
}
#declare LampTexture = texture {
  // reflector bowls behind glass
  pigment {
    cylindrical rotate z * 90 scale 0.10 translate z * 0.105 warp { repeat z * 0.21 } translate <0, 0.655, 0.03>
    color_map { [0.0 rgb 0.10] [0.18 rgb 0.12] [0.22 rgb 0.75] [0.32 rgb 0.40] [0.6 rgb 0.20] [0.75 rgb 0.85] [1 rgb 0.95] }
  }
  finish { diffuse 0.6 ambient 0 specular 0.9 roughness 0.003 reflection { 0.10, 0.9 fresnel } conserve_energy }
}

#declare Arches = union {
  #for (X, -1.34, 1.36, 2.70)
    #for (S, -1, 1, 2) cylinder { <X, 0.34, S * 0.50>, <X, 0.34, S * 1.2>, 0.395 } #end
  #end
  texture { Trim }
}

#declare Car = union {
  difference {
    Body(-2.28, 2.26, 90, 72, Wide, Low, High, 4.2, 0.55, 0.62, 2.6)
    object { Arches }
    texture { object { Lamps texture { object { Dark texture { object { Seams texture { Red } texture { Trim } } } texture { Trim } } } texture { LampTexture } } }
  }
  object { Cabin(80, 72) texture { object { Windows texture { Red } texture { Glass } } } }
  // wheels, arch lips
  #for (X, -1.34, 1.36, 2.70)
    object { Wheel(0.335, 0.22, 0.225, 5) translate <X, 0.335, -0.765> }
    object { Wheel(0.335, 0.22, 0.225, 5) scale <1, 1, -1> translate <X, 0.335, 0.765> }
  #end
  // mirrors, handles, grille, plate
  #for (S, -1, 1, 2)
    superellipsoid { <0.6, 0.4> scale <0.09, 0.055, 0.045> translate <0.66, 0.995, S * 0.93> texture { Red } }
    cylinder { <0.68, 0.96, S * 0.80>, <0.68, 0.97, S * 0.92>, 0.02 texture { Trim } }
    box { <-0.09, -0.011, -0.012> <0.09, 0.011, 0.012> translate <-0.22, 0.86, S * 0.905> texture { Chrome } }
    box { <-0.09, -0.011, -0.012> <0.09, 0.011, 0.012> translate <-1.02, 0.87, S * 0.895> texture { Chrome } }
  #end
  #for (Y, 0.56, 0.65, 0.03)
    superellipsoid { <0.3, 0.3> scale <0.03, 0.008, 0.34> translate <2.245, Y, 0> texture { Chrome } }
  #end
  box { <2.20, 0.54, -0.34> <2.25, 0.665, 0.34> texture { Trim } }
  box { <2.25, 0.40, -0.22> <2.275, 0.495, 0.22> texture { pigment { rgb 0.42 } finish { ambient 0 diffuse 0.9 } } }
  // shadow side underneath
  box { <-1.7, 0.2, -0.55> <1.7, 0.3, 0.55> texture { Trim } }
}

object { Car }

// Ground: the road runs along x; verge and meadow behind it.
plane { y, -0.04 texture { Meadow } }
box { <-200, -0.2, -9> <200, 0, 2.6> texture { Asphalt } }
box { <-200, -0.2, 2.15> <200, 0.003, 2.28>
  texture { pigment { granite scale 0.3 color_map { [0 rgb 0.35] [0.3 rgb 0.6] [1 rgb 0.7] } } finish { ambient 0 diffuse 0.85 } } }
GrassField(5, -14, 10, 2.7, 9.9, 1.2, 0.13)
TreeRow(3, <-75, 0, 46>, <45, 0, 62>, 34, 5, 13)
TreeRow(9, <-95, 0, 75>, <75, 0, 95>, 44, 9, 17)

// A hedge closes the meadow.
TreeRow(21, <-95, 0, 66>, <70, 0, 80>, 90, 2.5, 4.5)

camera {
  location <7.6, 1.55, -6.3>
  right x * image_width / image_height
  look_at <0.12, 0.70, 0>
  angle 31
}
